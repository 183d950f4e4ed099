#include "protocol/server_call_script.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/script_lines.h"
#include "protocol/text_body.h"

namespace connectrpc::test {
namespace {

class ScriptParser {
 public:
  explicit ScriptParser(CallScript* script) : script_(script) {}

  bool ReadLine(std::string_view line) {
    if (line.empty() || line.front() == '#') return true;
    const std::string_view keyword = TakeUntil(' ', &line);
    if (keyword == "method") return ReadStreamType(line, &script_->stream_type);
    if (keyword == "option") return ReadOption(line);
    if (keyword == ">") return ReadHead(line);
    if (keyword == "envelope") return ReadEnvelope(line, &script_->body);
    if (keyword == "bytes") return ReadBytes(line, &script_->body);
    if (keyword == "base64") return EncodeBody(line);
    if (keyword == "open") return !(script_->ends = false);
    if (keyword == "on") return ReadTrigger(line);
    return ReadAction(keyword, line);
  }

 private:
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
    if (keyword == "finish") return ReadError(line, &next_.end.error) && AddStep(CallStep::What::kFinish);
    if (keyword == "fail")
      return ReadError(line, &next_.end.error) && !next_.end.error.ok() && AddStep(CallStep::What::kFail);
    return false;
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
