#include "protocol/client_call_script.h"

#include <chrono>
#include <cstddef>
#include <utility>

#include "protocol/script_lines.h"

namespace connectrpc::test {
namespace {

class ScriptParser {
 public:
  explicit ScriptParser(ClientCallScript* script) : script_(script) {}

  bool ReadLine(std::string_view line) {
    if (line.empty() || line.front() == '#') return true;
    const std::string_view keyword = TakeUntil(' ', &line);
    if (keyword == "method") return ReadStreamType(line, &script_->method.stream_type);
    if (keyword == "protocol") return ReadProtocol(line);
    if (keyword == "option") return ReadOption(line);
    if (keyword == "metadata") return ReadField(line, &script_->metadata);
    if (keyword == "send") return ReadBytes(line, &script_->messages.emplace_back());
    if (keyword == "<") return ReadHead(line);
    if (keyword == "envelope") return ReadEnvelope(line, &script_->body);
    if (keyword == "bytes") return ReadBytes(line, &script_->body);
    if (keyword == "trailer") return ReadField(line, &script_->trailers);
    if (keyword == "reset") return ReadReset(line);
    if (keyword == "fail") return ReadError(line, &script_->failure.emplace()) && !script_->failure->ok();
    if (!line.empty()) return false;
    if (keyword == "close") return script_->closes = true;
    if (keyword == "no_body") return script_->head_ends = true;
    if (keyword == "open") return script_->open = true;
    if (keyword == "whole") return script_->whole = true;
    return false;
  }

 private:
  bool ReadProtocol(std::string_view name) {
    for (Protocol protocol : {Protocol::kConnect, Protocol::kGrpc, Protocol::kGrpcWeb}) {
      script_->start.protocol = protocol;
      if (name == ProtocolName(protocol)) return true;
    }
    return false;
  }

  bool ReadOption(std::string_view line) {
    const std::string_view name = TakeUntil(' ', &line);
    if (name == "codec") return ReadText(line, &script_->codec);
    if (name == "compression") return ReadText(line, &script_->compression);
    if (name == "path_prefix") return ReadText(line, &script_->config.path_prefix);
    if (name == "user_agent") return ReadText(line, &script_->config.user_agent);
    size_t value = 0;
    if (!ReadNumber(line, &value)) return false;
    if (name == "get") {
      script_->start.use_get = value != 0;
    } else if (name == "no_side_effects") {
      script_->method.idempotency = value != 0 ? Idempotency::kNoSideEffects : Idempotency::kIdempotent;
    } else if (name == "timeout_ms") {
      script_->start.timeout = std::chrono::milliseconds(value);
    } else if (name == "accept_compression") {
      script_->config.accept_compression = value != 0;
    } else {
      size_t* limit = LimitOf(name);
      if (limit == nullptr) return false;
      *limit = value;
    }
    return true;
  }

  size_t* LimitOf(std::string_view name) {
    protocol::ClientCallConfig& config = script_->config;
    if (name == "max_message_bytes") return &script_->start.max_message_bytes;
    if (name == "compress_min_bytes") return &config.compress_min_bytes;
    if (name == "max_end_bytes") return &config.max_end_bytes;
    if (name == "max_header_list_bytes") return &config.max_header_list_bytes;
    if (name == "max_header_fields") return &config.max_header_fields;
    return name == "max_get_url_bytes" ? &config.max_get_url_bytes : nullptr;
  }

  bool ReadText(std::string_view line, std::string* text) {
    text->assign(line);
    return !line.empty();
  }

  bool ReadHead(std::string_view line) {
    if (script_->response.has_value()) return ReadField(line, &script_->response->headers);
    size_t status = 0;
    if (!ReadNumber(line, &status)) return false;
    script_->response.emplace().status = static_cast<int>(status);
    return true;
  }

  bool ReadReset(std::string_view line) {
    size_t code = 0;
    if (!ReadNumber(TakeUntil(' ', &line), &code)) return false;
    script_->reset_code = static_cast<uint32_t>(code);
    return ReadBytes(line, &script_->fault);
  }

  ClientCallScript* const script_;
};

}  // namespace

std::optional<ClientCallScript> ParseClientCallScript(std::string_view text, std::string* problem) {
  ClientCallScript script;
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
  return script;
}

}  // namespace connectrpc::test
