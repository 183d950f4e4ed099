#include "protocol/script_lines.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

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

}  // namespace

std::string_view TakeUntil(char separator, std::string_view* text) {
  const size_t end = std::min(text->find(separator), text->size());
  const std::string_view part = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return part;
}

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

bool ReadField(std::string_view line, HeaderList* fields) {
  std::string name;
  std::string value;
  if (!ReadBytes(TakeUntil(':', &line), &name)) return false;
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  if (!ReadBytes(line, &value)) return false;
  fields->AddLowerCased(name, value);
  return true;
}

bool ReadError(std::string_view line, Error* error) {
  const std::string_view name = TakeUntil(' ', &line);
  if (name == "ok") return line.empty();
  const std::optional<Code> code = ParseCodeName(name);
  error->code = code.value_or(Code::kOk);
  return code.has_value() && ReadBytes(line, &error->message);
}

bool ReadStreamType(std::string_view text, StreamType* type) {
  if (text == "unary") {
    *type = StreamType::kUnary;
  } else if (text == "client_stream") {
    *type = StreamType::kClientStream;
  } else if (text == "server_stream") {
    *type = StreamType::kServerStream;
  } else if (text == "bidi_stream") {
    *type = StreamType::kBidiStream;
  } else {
    return false;
  }
  return true;
}

bool ReadEnvelope(std::string_view line, std::string* bytes) {
  std::string flags;
  std::string payload;
  if (!ReadHex(TakeUntil(' ', &line), &flags) || flags.size() != 1 || !ReadBytes(line, &payload)) return false;
  wire::AppendEnvelopeHeader({static_cast<uint8_t>(flags[0]), static_cast<uint32_t>(payload.size())}, bytes);
  bytes->append(payload);
  return true;
}

}  // namespace connectrpc::test
