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

// "0.5" as 500. What is no number has the weight of an element without one.
int ParseWeight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return AcceptedEncoding::kMaxWeight;
  if (text.size() > 1 && text[1] != '.') return AcceptedEncoding::kMaxWeight;
  int weight = text[0] == '1' ? AcceptedEncoding::kMaxWeight : 0;
  int unit = AcceptedEncoding::kMaxWeight / 10;
  for (size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return AcceptedEncoding::kMaxWeight;
    weight += (text[i] - '0') * unit;
    // More than the three digits that there may be: too small to count, and yet not the refusal that zero is.
    if (unit == 0 && weight == 0 && text[i] != '0') weight = 1;
  }
  return std::min(weight, AcceptedEncoding::kMaxWeight);
}

// The weight among parameters such as "q=0.5; x=y".
int FindWeight(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = TakeUntil(';', &parameters);
    const std::string_view name = TakeUntil('=', &value);
    if (EqualsIgnoreCase(name, "q")) return ParseWeight(TrimSpace(value));
  }
  return AcceptedEncoding::kMaxWeight;
}

}  // namespace

AcceptedEncoding EncodingList::Next() {
  while (!rest_.empty()) {
    std::string_view parameters = TakeUntil(',', &rest_);
    const std::string_view name = TakeUntil(';', &parameters);
    if (!name.empty()) return {name, FindWeight(parameters)};
  }
  return {};
}

}  // namespace connectrpc::wire
