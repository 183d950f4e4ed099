#ifndef CONNECTRPC_VIEWS_WIRE_RECORD_H_
#define CONNECTRPC_VIEWS_WIRE_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "connectrpc/views/repeated.h"

namespace connectrpc::views {

enum class WireType : uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kGroup = 3,
  kFixed32 = 5,
};

// One field as it is on the wire: what can be known of it without its type. Points to the bytes that it was read from.
struct UnknownField {
  uint32_t number = 0;
  WireType wire_type = WireType::kVarint;
  uint64_t value = 0;       // of kVarint, kFixed64 and kFixed32
  std::string_view bytes;   // what is in it: of kLengthDelimited and kGroup
  std::string_view record;  // all of it, with its tag
};

namespace internal {

// Like WireReader, these return the position behind what they have read, or null where it is malformed. They read what
// protobuf's unknown fields are made of: tags may have up to ten bytes.

inline const char* ReadRecordVarint(const char* p, const char* end, uint64_t* value) {
  *value = 0;
  for (unsigned shift = 0; shift < 70 && p != end; shift += 7) {
    const auto byte = static_cast<uint8_t>(*p++);
    *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return p;
  }
  return nullptr;
}

const char* ReadRecord(const char* p, const char* end, int depth, UnknownField* field);

// Behind the tag that begins a group. `*content_end` is where the tag that ends it begins.
inline const char* ReadRecordGroup(const char* p, const char* end, uint32_t number, int depth,
                                   const char** content_end) {
  while (p != end) {
    uint64_t tag;
    const char* const next = ReadRecordVarint(p, end, &tag);
    if (next == nullptr) return nullptr;
    if ((tag & 7) == 4) {
      *content_end = p;
      return static_cast<uint32_t>(tag) >> 3 == number ? next : nullptr;
    }
    UnknownField ignored;
    p = ReadRecord(p, end, depth, &ignored);
    if (p == nullptr) return nullptr;
  }
  return nullptr;
}

// `p` is not `end`; `depth`: how many groups may be within each other.
inline const char* ReadRecord(const char* p, const char* end, int depth, UnknownField* field) {
  const char* const start = p;
  uint64_t number;
  p = ReadRecordVarint(p, end, &number);
  if (p == nullptr) return nullptr;
  const auto tag = static_cast<uint32_t>(number);
  field->number = tag >> 3;
  field->wire_type = static_cast<WireType>(tag & 7);
  field->value = 0;
  field->bytes = {};
  if (field->number == 0) return nullptr;
  const auto left = static_cast<size_t>(end - p);
  switch (field->wire_type) {
    case WireType::kVarint:
      p = ReadRecordVarint(p, end, &field->value);
      break;
    case WireType::kFixed64:
      if (left < 8) return nullptr;
      field->value = LoadLittleEndian<uint64_t>(p);
      p += 8;
      break;
    case WireType::kFixed32:
      if (left < 4) return nullptr;
      field->value = LoadLittleEndian<uint32_t>(p);
      p += 4;
      break;
    case WireType::kLengthDelimited: {
      p = ReadRecordVarint(p, end, &number);
      const auto length = static_cast<uint32_t>(number);
      if (p == nullptr || length > 0x7FFFFFFF || length > static_cast<size_t>(end - p)) return nullptr;
      field->bytes = std::string_view(p, length);
      p += length;
      break;
    }
    case WireType::kGroup: {
      if (depth <= 0) return nullptr;
      const char* content_end = nullptr;
      const char* const content = p;
      p = ReadRecordGroup(p, end, field->number, depth - 1, &content_end);
      if (p != nullptr) field->bytes = std::string_view(content, static_cast<size_t>(content_end - content));
      break;
    }
    default:
      return nullptr;
  }
  if (p != nullptr) field->record = std::string_view(start, static_cast<size_t>(p - start));
  return p;
}

}  // namespace internal

// The records in some bytes, which may be of any origin: what lies in a group, or what is taken for a message. Ends
// behind the last record that is whole and well-formed: complete() tells whether that is the end of the bytes. A value
// type that points to the bytes.
//
//   for (const UnknownField& field : WireRecords(bytes)) ...
class WireRecords final {
 public:
  // Groups nested deeper are malformed.
  static constexpr int kDefaultDepth = 100;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = UnknownField;
    using difference_type = std::ptrdiff_t;
    using pointer = const UnknownField*;
    using reference = const UnknownField&;

    Iterator() = default;
    reference operator*() const noexcept { return field_; }
    pointer operator->() const noexcept { return &field_; }
    Iterator& operator++() noexcept {
      Next();
      return *this;
    }
    Iterator operator++(int) noexcept {
      Iterator before = *this;
      Next();
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.at_ == b.at_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) noexcept { return !(a == b); }

   private:
    friend class WireRecords;
    friend class UnknownFields;

    Iterator(std::string_view first, const std::string_view* more, const std::string_view* more_end, int depth)
        : next_(first.data()), end_(first.data() + first.size()), more_(more), more_end_(more_end), depth_(depth) {
      Next();
    }
    // The end: `at_` null.
    void Next() noexcept {
      while (next_ == end_ && more_ != more_end_) {
        next_ = more_->data();
        end_ = next_ + more_->size();
        ++more_;
      }
      at_ = next_;
      if (next_ != end_) next_ = internal::ReadRecord(next_, end_, depth_, &field_);
      if (at_ == end_ || next_ == nullptr) *this = Iterator();
    }

    const char* at_ = nullptr;    // where the record begins
    const char* next_ = nullptr;  // and the one behind it
    const char* end_ = nullptr;   // of this piece
    const std::string_view* more_ = nullptr;
    const std::string_view* more_end_ = nullptr;
    int depth_ = 0;
    UnknownField field_;
  };
  using value_type = UnknownField;
  using const_iterator = Iterator;
  using iterator = Iterator;

  constexpr explicit WireRecords(std::string_view bytes, int depth = kDefaultDepth) : bytes_(bytes), depth_(depth) {}

  Iterator begin() const noexcept { return Iterator(bytes_, nullptr, nullptr, depth_); }
  Iterator end() const noexcept { return {}; }
  // Whether all of the bytes are records. Reads them.
  bool complete() const noexcept {
    const char* p = bytes_.data();
    const char* const last = p + bytes_.size();
    UnknownField field;
    while (p != nullptr && p != last) p = internal::ReadRecord(p, last, depth_, &field);
    return p == last;
  }

 private:
  std::string_view bytes_;
  int depth_;
};

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_WIRE_RECORD_H_
