#include "protocol/server_call_script.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "protocol/text_body.h"
#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

// The part of `*text` before the first `separator`; takes both off `*text`.
std::string_view TakeUntil(char separator, std::string_view* text) {
  const size_t end = std::min(text->find(separator), text->size());
  const std::string_view part = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return part;
}

bool ReadHex(std::string_view digits, std::string* bytes) {
  if (digits.size() % 2 != 0) return false;
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (; !digits.empty(); digits.remove_prefix(2)) {
    const size_t high = kDigits.find(digits[0]);
    const size_t low = kDigits.find(digits[1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes->push_back(static_cast<char>(high * 16 + low));
  }
  return true;
}

// Text with \xNN for bytes that cannot be seen; after a '#' all of it is hex.
bool ReadBytes(std::string_view text, std::string* bytes) {
  if (!text.empty() && text.front() == '#') return ReadHex(text.substr(1), bytes);
  while (!text.empty()) {
    if (text.substr(0, 2) == "\\x") {
      if (text.size() < 4 || !ReadHex(text.substr(2, 2), bytes)) return false;
      text.remove_prefix(4);
    } else {
      bytes->push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return true;
}

bool ReadNumber(std::string_view text, size_t* number) {
  if (text.empty() || text.size() > 9) return false;
  *number = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    *number = *number * 10 + static_cast<size_t>(c - '0');
  }
  return true;
}

// "name: value"
bool ReadField(std::string_view line, HeaderList* fields) {
  std::string name;
  std::string value;
  if (!ReadBytes(TakeUntil(':', &line), &name)) return false;
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  if (!ReadBytes(line, &value)) return false;
  fields->AddLowerCased(name, value);
  return true;
}

class ScriptParser {
 public:
  explicit ScriptParser(CallScript* script) : script_(script) {}

  bool ReadLine(std::string_view line) {
    if (line.empty() || line.front() == '#') return true;
    const std::string_view keyword = TakeUntil(' ', &line);
    if (keyword == "method") return ReadMethod(line);
    if (keyword == "option") return ReadOption(line);
    if (keyword == ">") return ReadHead(line);
    if (keyword == "envelope") return ReadEnvelope(line);
    if (keyword == "bytes") return ReadBytes(line, &script_->body);
    if (keyword == "base64") return EncodeBody(line);
    if (keyword == "open") return !(script_->ends = false);
    if (keyword == "on") return ReadTrigger(line);
    return ReadAction(keyword, line);
  }

 private:
  bool ReadMethod(std::string_view type) {
    if (type == "unary") {
      script_->stream_type = StreamType::kUnary;
    } else if (type == "client_stream") {
      script_->stream_type = StreamType::kClientStream;
    } else if (type == "server_stream") {
      script_->stream_type = StreamType::kServerStream;
    } else if (type == "bidi_stream") {
      script_->stream_type = StreamType::kBidiStream;
    } else {
      return false;
    }
    return true;
  }

  bool ReadOption(std::string_view line) {
    const std::string_view name = TakeUntil(' ', &line);
    size_t value = 0;
    if (!ReadNumber(line, &value)) return false;
    if (name == "max_message_bytes") {
      script_->config.max_message_bytes = value;
    } else if (name == "max_unary_body_bytes") {
      script_->config.max_unary_body_bytes = value;
    } else if (name == "compress_min_bytes") {
      script_->config.compress_min_bytes = value;
    } else if (name == "compress_responses") {
      script_->config.compress_responses = value != 0;
    } else if (name == "min_deadline_ms") {
      script_->config.deadlines.min = std::chrono::milliseconds(value);
    } else if (name == "max_deadline_ms") {
      script_->config.deadlines.max = std::chrono::milliseconds(value);
    } else if (name == "no_deadline_ms") {
      script_->config.deadlines.none = std::chrono::milliseconds(value);
    } else if (name == "require_connect_protocol_version") {
      script_->config.require_connect_protocol_version = value != 0;
    } else {
      return false;
    }
    return true;
  }

  bool ReadHead(std::string_view line) {
    if (!script_->request.method.empty()) return ReadField(line, &script_->request.headers);
    script_->request.method = TakeUntil(' ', &line);
    script_->request.target = line;
    return !script_->request.method.empty();
  }

  bool ReadEnvelope(std::string_view line) {
    std::string flags;
    std::string payload;
    if (!ReadHex(TakeUntil(' ', &line), &flags) || flags.size() != 1 || !ReadBytes(line, &payload)) return false;
    wire::AppendEnvelopeHeader({static_cast<uint8_t>(flags[0]), static_cast<uint32_t>(payload.size())}, &script_->body);
    script_->body += payload;
    return true;
  }

  bool EncodeBody(std::string_view padding) {
    if (!padding.empty() && padding != "unpadded") return false;
    std::string text = PaddedBase64(std::string_view(script_->body).substr(encoded_));
    if (!padding.empty()) text.erase(std::min(text.find('='), text.size()));
    script_->body.replace(encoded_, std::string::npos, text);
    encoded_ = script_->body.size();
    return true;
  }

  bool ReadTrigger(std::string_view line) {
    next_ = CallStep();
    const std::string_view when = TakeUntil(' ', &line);
    if (when == "start") {
      next_.when = CallStep::When::kStart;
    } else if (when == "message") {
      next_.when = CallStep::When::kMessage;
      return line.empty() || ReadNumber(line, &next_.message);
    } else if (when == "half_closed") {
      next_.when = CallStep::When::kHalfClosed;
    } else {
      return false;
    }
    return true;
  }

  bool ReadAction(std::string_view keyword, std::string_view line) {
    if (keyword == "header") return ReadField(line, &next_.headers);
    if (keyword == "trailer") return ReadField(line, &next_.end.trailers);
    if (keyword == "detail") {
      next_.end.error.details.push_back({std::string(TakeUntil(' ', &line)), ""});
      return ReadBytes(line, &next_.end.error.details.back().value);
    }
    if (keyword == "send_headers") return AddStep(CallStep::What::kSendHeaders);
    if (keyword == "echo") return AddStep(CallStep::What::kEcho);
    if (keyword == "send") return ReadBytes(line, &next_.text) && AddStep(CallStep::What::kSendMessage);
    if (keyword == "finish") return ReadError(line) && AddStep(CallStep::What::kFinish);
    if (keyword == "fail") return ReadError(line) && !next_.end.error.ok() && AddStep(CallStep::What::kFail);
    return false;
  }

  // "ok", or a code and the message.
  bool ReadError(std::string_view line) {
    const std::string_view name = TakeUntil(' ', &line);
    if (name == "ok") return line.empty();
    const std::optional<Code> code = ParseCodeName(name);
    next_.end.error.code = code.value_or(Code::kOk);
    return code.has_value() && ReadBytes(line, &next_.end.error.message);
  }

  bool AddStep(CallStep::What what) {
    next_.what = what;
    script_->steps.push_back(next_);
    const CallStep& added = script_->steps.back();
    CallStep empty;
    empty.when = added.when;
    empty.message = added.message;
    next_ = std::move(empty);
    return true;
  }

  CallScript* const script_;
  size_t encoded_ = 0;  // bytes of the body that are base64 already
  CallStep next_;
};

}  // namespace

std::optional<CallScript> ParseCallScript(std::string_view text, std::string* problem) {
  CallScript script;
  ScriptParser parser(&script);
  while (!text.empty()) {
    const std::string_view line = TakeUntil('\n', &text);
    if (line == "---") {
      script.expected = text;
      break;
    }
    if (!parser.ReadLine(line)) {
      *problem = "not understood: " + std::string(line);
      return std::nullopt;
    }
  }
  if (script.request.method.empty()) {
    *problem = "there is no request";
    return std::nullopt;
  }
  return script;
}

}  // namespace connectrpc::test
