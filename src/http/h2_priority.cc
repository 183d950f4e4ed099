#include "http/h2_priority.h"

#include <algorithm>

#include "wire/text.h"

namespace connectrpc::http {

// A dictionary (RFC 8941 section 3.2), of which two members have a meaning.
Priority ParsePriority(std::string_view value) {
  Priority priority;
  while (!value.empty()) {
    const size_t end = std::min(value.find(','), value.size());
    std::string_view member = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    member = wire::TrimSpace(member.substr(0, member.find(';')));
    if (member == "i" || member == "i=?1") {
      priority.incremental = true;
    } else if (member == "i=?0") {
      priority.incremental = false;
    } else if (member.size() == 3 && wire::StartsWith(member, "u=") && member[2] >= '0' && member[2] <= '7') {
      priority.urgency = static_cast<uint32_t>(member[2] - '0');
    }
  }
  return priority;
}

}  // namespace connectrpc::http
