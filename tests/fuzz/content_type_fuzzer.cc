// Content types come back from FormatContentType as they were read; EncodingList gives tokens of its input, in order,
// with weights from 0 to 1.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/content_type.h"
#include "wire/encoding_list.h"
#include "wire/text.h"

namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckContentType(std::string_view input) {
  const auto type = connectrpc::wire::ParseContentType(input);
  if (!type) return;
  Check(!type->codec.empty());
  const auto again = connectrpc::wire::ParseContentType(FormatContentType(type->framing, type->codec));
  Check(again && again->framing == type->framing && again->codec == type->codec);
}

void CheckEncodingList(std::string_view input) {
  connectrpc::wire::EncodingList list(input);
  std::string joined;
  const char* end = input.data();
  size_t count = 0;
  for (auto element = list.Next(); !element.name.empty(); element = list.Next()) {
    const std::string_view token = element.name;
    Check(element.weight >= 0 && element.weight <= connectrpc::wire::AcceptedEncoding::kMaxWeight);
    Check(token.data() >= end && token.data() + token.size() <= input.data() + input.size());
    Check(token.find_first_of(",;") == std::string_view::npos);
    Check(connectrpc::wire::TrimSpace(token) == token);
    end = token.data() + token.size();
    joined.append(token).append(";q=0.5 , ");
    ++count;
  }
  connectrpc::wire::EncodingList again(joined);
  for (auto element = again.Next(); !element.name.empty(); element = again.Next()) {
    Check(element.weight == 500);
    --count;
  }
  Check(count == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckContentType(input);
  CheckContentType("application/" + std::string(input));
  CheckEncodingList(input);
  return 0;
}
