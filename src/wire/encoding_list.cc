#include "wire/encoding_list.h"

#include <algorithm>
#include <cstddef>

#include "wire/text.h"

namespace connectrpc::wire {
namespace {

// The part of `*rest` before the first `separator`, trimmed; takes both off `*rest`.
std::string_view TakeUntil(char separator, std::string_view* rest) {
  const size_t end = std::min(rest->find(separator), rest->size());
  const std::string_view part = TrimSpace(rest->substr(0, end));
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return part;
}

// Whether one of "q=0.5; x=y" is a weight of zero (RFC 9110 section 12.4.2).
bool HasZeroWeight(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = TakeUntil(';', &parameters);
    const std::string_view name = TakeUntil('=', &value);
    if (!EqualsIgnoreCase(name, "q")) continue;
    value = TrimSpace(value);
    return !value.empty() && value.front() == '0' && value.find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

std::string_view EncodingList::Next() {
  while (!rest_.empty()) {
    std::string_view parameters = TakeUntil(',', &rest_);
    const std::string_view token = TakeUntil(';', &parameters);
    if (!token.empty() && !HasZeroWeight(parameters)) return token;
  }
  return {};
}

}  // namespace connectrpc::wire
