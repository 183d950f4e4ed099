#include "connectrpc/header_list.h"

namespace connectrpc {

void HeaderList::Add(std::string_view name, std::string_view value) {
  entries_.push_back(
      {static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(name.size()), static_cast<uint32_t>(value.size())});
  bytes_.append(name).append(value);
}

void HeaderList::AddLowerCased(std::string_view name, std::string_view value) {
  const size_t begin = bytes_.size();
  Add(name, value);
  char* bytes = bytes_.data() + begin;
  for (size_t i = 0; i < name.size(); ++i) {
    if (bytes[i] >= 'A' && bytes[i] <= 'Z') bytes[i] = static_cast<char>(bytes[i] + ('a' - 'A'));
  }
}

std::optional<std::string_view> HeaderList::Find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    const char* bytes = bytes_.data() + entry.offset;
    if (std::string_view(bytes, entry.name_size) == name) {
      return std::string_view(bytes + entry.name_size, entry.value_size);
    }
  }
  return std::nullopt;
}

size_t HeaderList::Count(std::string_view name) const {
  size_t count = 0;
  for (HeaderField field : *this) {
    if (field.name == name) ++count;
  }
  return count;
}

void HeaderList::Clear() {
  bytes_.clear();
  entries_.clear();
}

}  // namespace connectrpc
