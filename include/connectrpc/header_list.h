#ifndef CONNECTRPC_HEADER_LIST_H_
#define CONNECTRPC_HEADER_LIST_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectrpc {

// One field of a HeaderList. Valid until the list is changed or destroyed.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

// An ordered list of header fields: HTTP headers and trailers, and RPC metadata. Names may repeat; their order is kept.
// All bytes lie in one buffer whose capacity survives Clear(), so that a pooled list costs no allocation in steady
// state.
//
// Names are lower-case, as HTTP/2 and gRPC want them. As RPC metadata, the values of names that end in "-bin" are the
// raw bytes; as HTTP headers they are base64. Which of the two a list is, is said where it is used.
//
// A value type; not thread-safe. Fields and iterators are invalidated by Add, Clear and assignment.
class HeaderList {
 public:
  class const_iterator;

  HeaderList() = default;
  HeaderList(const HeaderList& other) : bytes_(other.bytes_, 0, other.used()), entries_(other.entries_) {}
  HeaderList& operator=(const HeaderList& other);
  HeaderList(HeaderList&&) = default;
  HeaderList& operator=(HeaderList&&) = default;

  // Appends a field. `name` must be lower-case already; use AddLowerCased where the peer chose it.
  void Add(std::string_view name, std::string_view value);
  void AddLowerCased(std::string_view name, std::string_view value);

  // The first value of `name` (lower-case), if any. Linear: header lists are short and bounded.
  std::optional<std::string_view> Find(std::string_view name) const;
  size_t Count(std::string_view name) const;

  void Clear() { entries_.clear(); }
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  HeaderField operator[](size_t index) const;

  // The size as HTTP/2 counts it: name + value + 32 for each field (RFC 9113 section 6.5.2).
  size_t ListSize() const { return used() + 32 * entries_.size(); }

  const_iterator begin() const;
  const_iterator end() const;

 private:
  struct Entry {
    uint32_t offset;
    uint32_t name_size;
    uint32_t value_size;
  };

  // Bytes of `bytes_` that fields take up: they lie there without gaps.
  size_t used() const {
    return entries_.empty() ? 0
                            : size_t{entries_.back().offset} + entries_.back().name_size + entries_.back().value_size;
  }

  // Makes room for `size` bytes.
  void Grow(size_t size);

  std::string bytes_;  // with what follows the used ones as room: an append costs more than a copy of a short field
  std::vector<Entry> entries_;
};

class HeaderList::const_iterator {
 public:
  using iterator_category = std::input_iterator_tag;  // fields are made on the way
  using value_type = HeaderField;
  using difference_type = std::ptrdiff_t;
  using pointer = const HeaderField*;
  using reference = HeaderField;

  const_iterator(const HeaderList* list, size_t index) : list_(list), index_(index) {}
  HeaderField operator*() const { return (*list_)[index_]; }
  const_iterator& operator++() {
    ++index_;
    return *this;
  }
  bool operator==(const const_iterator& other) const { return index_ == other.index_; }
  bool operator!=(const const_iterator& other) const { return index_ != other.index_; }

 private:
  const HeaderList* list_;
  size_t index_;
};

inline HeaderField HeaderList::operator[](size_t index) const {
  const Entry& entry = entries_[index];
  const char* name = bytes_.data() + entry.offset;
  return {{name, entry.name_size}, {name + entry.name_size, entry.value_size}};
}
inline HeaderList::const_iterator HeaderList::begin() const {
  return {this, 0};
}
inline HeaderList::const_iterator HeaderList::end() const {
  return {this, entries_.size()};
}

}  // namespace connectrpc

#endif  // CONNECTRPC_HEADER_LIST_H_
