#include "connectrpc/header_list.h"

namespace connectrpc {

HeaderList& HeaderList::operator=(const HeaderList& other) {
  if (this == &other) return *this;
  bytes_.assign(other.bytes_, 0, other.used());
  entries_ = other.entries_;
  return *this;
}

void HeaderList::Add(std::string_view name, std::string_view value) {
  const size_t begin = used();
  const size_t end = begin + name.size() + value.size();
  if (end > bytes_.size()) Grow(end);
  entries_.push_back(
      {static_cast<uint32_t>(begin), static_cast<uint32_t>(name.size()), static_cast<uint32_t>(value.size())});
  char* bytes = bytes_.data() + begin;
  name.copy(bytes, name.size());
  value.copy(bytes + name.size(), value.size());
}

void HeaderList::Grow(size_t size) {
  bytes_.reserve(size);
  bytes_.resize(bytes_.capacity());
}

void HeaderList::AddLowerCased(std::string_view name, std::string_view value) {
  const size_t begin = used();
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

}  // namespace connectrpc
