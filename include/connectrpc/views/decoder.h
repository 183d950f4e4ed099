#ifndef CONNECTRPC_VIEWS_DECODER_H_
#define CONNECTRPC_VIEWS_DECODER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <numeric>
#include <string_view>
#include <type_traits>

#include "connectrpc/views/arena.h"
#include "connectrpc/views/map.h"
#include "connectrpc/views/parse_options.h"
#include "connectrpc/views/repeated.h"
#include "connectrpc/views/table.h"
#include "connectrpc/views/utf8.h"

#if defined(__GNUC__)
#define CONNECTRPC_VIEWS_NOINLINE [[gnu::noinline, gnu::cold]]
#define CONNECTRPC_VIEWS_OUT_OF_LINE [[gnu::noinline]]
#define CONNECTRPC_VIEWS_LIKELY(condition) __builtin_expect(static_cast<bool>(condition), 1)
#else
#define CONNECTRPC_VIEWS_NOINLINE
#define CONNECTRPC_VIEWS_OUT_OF_LINE
#define CONNECTRPC_VIEWS_LIKELY(condition) (condition)
#endif

// What generated views parse with. Of interest to generated code and to this library alone.
//
// Functions that read take the position `p` and the end of what may be read, and return the position behind what they
// have read, or null after an error. What they refuse, and how they read what they accept, is what protobuf does
// (docs/views.md lists the one difference).
namespace connectrpc::views::internal {

// Where the value of a oneof lies, whichever it is.
class OneofValue final {
 public:
  template <class T>
  T Get() const noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(data_));
    T value;
    std::memcpy(&value, data_, sizeof(value));
    return value;
  }
  template <class T>
  void Set(T value) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(data_));
    std::memcpy(data_, &value, sizeof(value));
  }

 private:
  alignas(8) char data_[sizeof(std::string_view) > 8 ? sizeof(std::string_view) : 8] = {};
};

using UnknownPieces = Repeated<std::string_view>;

// The state of parsing one message.
class Decoder final {
 public:
  Decoder(const char* begin, const ParseOptions& options, Arena* arena)
      : arena_(arena),
        depth_left_(options.max_depth),
        element_bytes_left_(options.max_element_bytes),
        unknown_left_(options.max_unknown_fields),
        begin_(begin) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  const ParseError& error() const { return error_; }

  // Both return null.
  CONNECTRPC_VIEWS_NOINLINE const char* Fail(ParseError::Kind kind, const char* at) {
    error_.kind = kind;
    error_.offset = static_cast<size_t>(at - begin_);
    return nullptr;
  }
  // After a failure: in which field of which message it was, unless an inner one has said so.
  CONNECTRPC_VIEWS_NOINLINE const char* FailedIn(const MessageTable& table, uint32_t number = 0) {
    if (!error_.message.empty()) return nullptr;
    error_.message = table.full_name;
    for (uint32_t i = 0; i < table.field_count; ++i) {
      if (table.fields[i].number == number) error_.field = table.fields[i].name;
    }
    return nullptr;
  }

  // `p` is not `end`.
  const char* ReadTag(const char* p, const char* end, uint32_t* tag) {
    const auto byte = static_cast<uint8_t>(*p);
    if (CONNECTRPC_VIEWS_LIKELY(byte < 0x80)) {
      *tag = byte;
      return p + 1;
    }
    return ReadLongTag(p, end, tag);
  }

  // Steps over the tag `kTag`, whose form has to be the shortest, if it is next.
  template <uint32_t kTag>
  static bool TakeTag(const char** p, const char* end) {
    if constexpr (kTag < 0x80) {
      if (*p == end || static_cast<uint8_t>(**p) != kTag) return false;
      *p += 1;
      return true;
    } else if constexpr (kTag < 0x4000) {
      if (end - *p < 2 || static_cast<uint8_t>((*p)[0]) != ((kTag & 0x7F) | 0x80) ||
          static_cast<uint8_t>((*p)[1]) != kTag >> 7) {
        return false;
      }
      *p += 2;
      return true;
    } else {
      return false;
    }
  }

  const char* ReadVarint(const char* p, const char* end, uint64_t* value) {
    if (CONNECTRPC_VIEWS_LIKELY(p != end && static_cast<int8_t>(*p) >= 0)) {
      *value = static_cast<uint8_t>(*p);
      return p + 1;
    }
    return ReadLongVarint(p, end, value);
  }

  // The length of what follows, of which all is there.
  const char* ReadLength(const char* p, const char* end, size_t* length) {
    if (CONNECTRPC_VIEWS_LIKELY(p != end && static_cast<int8_t>(*p) >= 0)) {
      *length = static_cast<uint8_t>(*p);
      p += 1;
    } else {
      p = ReadLongLength(p, end, length);
      if (p == nullptr) return nullptr;
    }
    if (CONNECTRPC_VIEWS_LIKELY(*length <= static_cast<size_t>(end - p))) return p;
    return Fail(ParseError::Kind::kTruncated, end);
  }

  template <class T>
  const char* ReadFixed(const char* p, const char* end, T* value) {
    if (static_cast<size_t>(end - p) < sizeof(T)) return Fail(ParseError::Kind::kTruncated, end);
    *value = LoadLittleEndian<T>(p);
    return p + sizeof(T);
  }

  template <bool kValidateUtf8>
  const char* ReadString(const char* p, const char* end, std::string_view* value) {
    if (CONNECTRPC_VIEWS_LIKELY(p != end && static_cast<int8_t>(*p) >= 0)) {
      const auto length = static_cast<size_t>(*p);
      const char* const text = p + 1;
      if (CONNECTRPC_VIEWS_LIKELY(length <= static_cast<size_t>(end - text) &&
                                  (!kValidateUtf8 || IsAscii(text, length)))) {
        *value = std::string_view(text, length);
        return text + length;
      }
    }
    return ReadAnyString<kValidateUtf8>(p, end, value);
  }

  // Into `*view`, which is made if it is null.
  template <class View>
  const char* ReadMessage(const char* p, const char* end, View** view) {
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr || !Make(view, p)) return nullptr;
    return Nest(p, p + length, 0, *view);
  }
  // One that is enclosed by `tag`, which was just read, and its counterpart.
  template <class View>
  const char* ReadGroup(const char* p, const char* end, uint32_t tag, View** view) {
    return Make(view, p) ? Nest(p, end, tag + 1, *view) : nullptr;
  }

  // Repeated fields, one element.

  template <class Codec>
  const char* Append(const char* p, const char* end, Repeated<typename Codec::Type>* elements) {
    typename Codec::Type value{};
    p = Codec::Read(p, end, &value, this);
    if (p == nullptr) return nullptr;
    typename Codec::Type* const element = Add(elements, Codec::kCharged, p);
    if (element == nullptr) return nullptr;
    *element = value;
    return p;
  }
  template <class View>
  const char* AppendMessage(const char* p, const char* end, Repeated<View>* elements) {
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr) return nullptr;
    View* const element = Add(elements, true, p);
    return element != nullptr ? Nest(p, p + length, 0, element) : nullptr;
  }
  template <class View>
  const char* AppendGroup(const char* p, const char* end, uint32_t tag, Repeated<View>* elements) {
    View* const element = Add(elements, true, p);
    return element != nullptr ? Nest(p, end, tag + 1, element) : nullptr;
  }
  template <class T>
  const char* AppendFixed(const char* p, const char* end, FixedRepeated<T>* elements) {
    if (static_cast<size_t>(end - p) < sizeof(T)) return Fail(ParseError::Kind::kTruncated, end);
    return AppendFixedBytes(p, sizeof(T), elements);
  }

  // Packed fields, one piece.

  template <class Codec>
  const char* AppendPacked(const char* p, const char* end, Repeated<typename Codec::Type>* elements) {
    using T = typename Codec::Type;
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr || length == 0) return p;
    const char* const piece_end = p + length;
    const size_t count = CountVarints(p, piece_end);
    if (static_cast<int8_t>(piece_end[-1]) < 0) return Fail(ParseError::Kind::kTruncated, piece_end);
    if (!Reserve(elements, count, p)) return nullptr;
    T* to = elements->data_ + elements->size_;
    if (count == length) {
      for (size_t i = 0; i < count; ++i) to[i] = Codec::From(static_cast<uint8_t>(p[i]));
    } else {
      for (const char* from = p; from != piece_end; ++to) {
        uint64_t value;
        from = ReadShortVarint(from, piece_end, &value);
        if (from == nullptr) return nullptr;
        *to = Codec::From(value);
      }
    }
    elements->size_ += static_cast<uint32_t>(count);
    return piece_end;
  }
  template <class T>
  const char* AppendPackedFixed(const char* p, const char* end, FixedRepeated<T>* elements) {
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr || length == 0) return p;
    if (length % sizeof(T) != 0) return Fail(ParseError::Kind::kBadLength, p);
    if (elements->size_ != 0) return AppendFixedBytes(p, length, elements);
    elements->data_ = p;
    elements->size_ = static_cast<uint32_t>(length / sizeof(T));
    return p + length;
  }

  // Closed enums, whose unknown values are unknown fields.

  template <class Enum, bool (*kIsValid)(int)>
  const char* ReadClosedEnum(const char* p, const char* end, uint32_t number, Enum* value, bool* known,
                             UnknownPieces** unknown) {
    uint64_t raw;
    p = ReadVarint(p, end, &raw);
    if (p == nullptr) return nullptr;
    *known = kIsValid(static_cast<int>(raw));
    if (!*known) return AddUnknownVarint(number, raw, p, unknown) ? p : nullptr;
    *value = static_cast<Enum>(static_cast<int>(raw));
    return p;
  }
  template <class Enum, bool (*kIsValid)(int)>
  const char* AppendClosedEnum(const char* p, const char* end, uint32_t number, Repeated<Enum>* elements,
                               UnknownPieces** unknown) {
    Enum value;
    bool known;
    p = ReadClosedEnum<Enum, kIsValid>(p, end, number, &value, &known, unknown);
    if (p == nullptr || !known) return p;
    Enum* const element = Add(elements, false, p);
    if (element == nullptr) return nullptr;
    *element = value;
    return p;
  }
  template <class Enum, bool (*kIsValid)(int)>
  const char* AppendPackedClosedEnum(const char* p, const char* end, uint32_t number, Repeated<Enum>* elements,
                                     UnknownPieces** unknown) {
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr) return nullptr;
    const char* const piece_end = p + length;
    if (!Reserve(elements, CountVarints(p, piece_end), p)) return nullptr;
    while (p != nullptr && p != piece_end) {
      p = AppendClosedEnum<Enum, kIsValid>(p, piece_end, number, elements, unknown);
    }
    return p;
  }

  // One entry of a map. `start` is where its tag began.
  template <class KeyCodec, class ValueCodec>
  const char* ReadMapEntry(const char* start, const char* p, const char* end,
                           Map<typename KeyCodec::Type, typename ValueCodec::Type>* map, UnknownPieces** unknown) {
    using K = typename KeyCodec::Type;
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr) return nullptr;
    auto* const entry = Add(&map->entries_, true, p);
    if (entry == nullptr) return nullptr;
    if (--depth_left_ < 0) return Fail(ParseError::Kind::kTooDeep, p);
    const char* const entry_end = p + length;
    constexpr uint32_t kKeyTag = 1U << 3 | KeyCodec::kWireType;
    constexpr uint32_t kValueTag = 2U << 3 | ValueCodec::kWireType;
    bool known = true;
    while (p != entry_end) {
      const char* const field_start = p;
      uint32_t tag;
      p = ReadTag(p, entry_end, &tag);
      if (p == nullptr) return nullptr;
      if (tag == kKeyTag) {
        p = KeyCodec::Read(p, entry_end, &entry->key, this);
        if (p == nullptr) return nullptr;
        if (!TakeTag<kValueTag>(&p, entry_end)) continue;
        tag = kValueTag;
      }
      if (tag == kValueTag) {
        p = ValueCodec::Read(p, entry_end, &entry->value, this);
        if (p != nullptr) known = ValueCodec::IsKnown(entry->value);
      } else {
        p = SkipField(field_start, p, entry_end, tag);  // entries do not keep what they do not know
      }
      if (p == nullptr) return nullptr;
    }
    ++depth_left_;
    if (!known) {
      map->entries_.size_ -= 1;
      return AddUnknown(start, p, unknown) ? p : nullptr;
    }
    const uint64_t bit = Map<K, typename ValueCodec::Type>::FilterBit(entry->key);
    map->unsettled_ |=
        (map->filter_ & bit) != 0 || map->size() > Map<K, typename ValueCodec::Type>::kLargestWithoutIndex;
    map->filter_ |= bit;
    return p;
  }

  // When all entries are there: leaves each key once, and makes the index of a large map. False after an error.
  template <class K, class V>
  bool Settle(Map<K, V>* map) {
    return CONNECTRPC_VIEWS_LIKELY(!map->unsettled_) ||
           (map->size() <= Map<K, V>::kLargestWithoutIndex ? SettleSmall(map) : SettleLarge(map));
  }

  // What the type does not know. `start` is where the tag began, `p` stands behind it.
  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadUnknown(const char* start, const char* p, const char* end, uint32_t tag,
                                                       UnknownPieces** unknown) {
    p = SkipField(start, p, end, tag);
    return p != nullptr && AddUnknown(start, p, unknown) ? p : nullptr;
  }

  // Whether `tag` is the one that ends the group being read; `end_tag` is 0 where there is none.
  static bool EndsGroup(uint32_t tag, uint32_t end_tag) { return tag == end_tag && tag != 0; }

  // The whole message.
  template <class View>
  View* New(const char* at) {
    void* const memory = arena_->Allocate(sizeof(View));
    if (memory == nullptr) {
      Fail(ParseError::Kind::kOutOfMemory, at);
      return nullptr;
    }
    return new (memory) View();
  }

 private:
  // The same for strings that are long, not ASCII, or wrong.
  template <bool kValidateUtf8>
  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadAnyString(const char* p, const char* end, std::string_view* value) {
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr) return nullptr;
    if (kValidateUtf8 && !IsUtf8(p, length)) return Fail(ParseError::Kind::kBadUtf8, p);
    *value = std::string_view(p, length);
    return p + length;
  }

  static constexpr uint32_t kMaxLength = 0x7FFFFFFF - 16;

  bool Charge(size_t bytes, const char* at) {
    if (bytes > element_bytes_left_) {
      Fail(ParseError::Kind::kElementBytes, at);
      return false;
    }
    element_bytes_left_ -= bytes;
    return true;
  }

  template <class View>
  bool Make(View** view, const char* at) {
    if (*view != nullptr) return true;
    if (!Charge(sizeof(View), at)) return false;
    *view = New<View>(at);
    return *view != nullptr;
  }

  template <class View>
  const char* Nest(const char* p, const char* end, uint32_t end_tag, View* view) {
    if (--depth_left_ < 0) return Fail(ParseError::Kind::kTooDeep, p);
    p = view->Merge(p, end, end_tag, this);
    ++depth_left_;
    return p;
  }

  // A new element at the end, or null after an error.
  template <class T>
  T* Add(Repeated<T>* elements, bool charged, const char* at) {
    if (charged && !Charge(sizeof(T), at)) return nullptr;
    if (elements->size_ == elements->capacity_ && !Grow(elements, size_t{elements->size_} + 1, at)) return nullptr;
    T* const element = new (elements->data_ + elements->size_) T();
    elements->size_ += 1;
    return element;
  }

  template <class T>
  bool Reserve(Repeated<T>* elements, size_t more, const char* at) {
    const size_t wanted = elements->size_ + more;
    return wanted <= elements->capacity_ || Grow(elements, wanted, at);
  }

  // Makes room for `wanted` elements at least, and at least twice as many as there was room for.
  template <class T>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool Grow(Repeated<T>* elements, size_t wanted, const char* at) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= Arena::kAlignment);
    constexpr size_t kFirst = sizeof(T) >= 128 ? 1 : 128 / sizeof(T);
    constexpr size_t kMost = SIZE_MAX / 2 / sizeof(T);
    const size_t old_bytes = elements->capacity_ * sizeof(T);
    const size_t capacity =
        elements->capacity_ == 0 && wanted == 1 ? kFirst : std::max(wanted, 2 * size_t{elements->capacity_});
    if (capacity > kMost || capacity > UINT32_MAX) {
      Fail(ParseError::Kind::kOutOfMemory, at);
      return false;
    }
    constexpr size_t kPad = Arena::kAlignment - 1;
    const size_t bytes = (capacity * sizeof(T) + kPad) & ~kPad;
    const size_t old_end = (old_bytes + kPad) & ~kPad;
    char* const old = reinterpret_cast<char*>(elements->data_);
    if (old == nullptr || !arena_->Extend(old + old_end, bytes - old_end)) {
      void* const memory = arena_->Allocate(bytes);
      if (memory == nullptr) {
        Fail(ParseError::Kind::kOutOfMemory, at);
        return false;
      }
      if (old != nullptr) {
        std::memcpy(memory, old, elements->size_ * sizeof(T));
        arena_->Release(old, old_end);
      }
      elements->data_ = static_cast<T*>(memory);
    }
    elements->capacity_ = static_cast<uint32_t>(capacity);
    return true;
  }

  // Elements that do not lie in one piece are copied to where they do.
  template <class T>
  const char* AppendFixedBytes(const char* p, size_t length, FixedRepeated<T>* elements) {
    const size_t used = elements->size_ * sizeof(T);
    const size_t room = elements->capacity_ * sizeof(T);
    if (used + length > room) {
      const size_t bytes = std::max({used + length, 2 * room, size_t{64}});
      auto* const memory = static_cast<char*>(arena_->Allocate(bytes));
      if (memory == nullptr) return Fail(ParseError::Kind::kOutOfMemory, p);
      if (used != 0) std::memcpy(memory, elements->data_, used);
      elements->data_ = memory;
      elements->capacity_ = static_cast<uint32_t>(bytes / sizeof(T));
    }
    std::memcpy(const_cast<char*>(elements->data_) + used, p, length);  // the arena's, as there is a capacity
    elements->size_ += static_cast<uint32_t>(length / sizeof(T));
    return p + length;
  }

  // How many varints end in [p, end).
  static size_t CountVarints(const char* p, const char* end) {
    size_t count = 0;
    for (; p != end; ++p) count += static_cast<uint8_t>(~static_cast<uint8_t>(*p)) >> 7;
    return count;
  }

  // Like ReadVarint, where one or two bytes are as likely.
  const char* ReadShortVarint(const char* p, const char* end, uint64_t* value) {
    const auto first = static_cast<uint8_t>(*p);
    if (first < 0x80) {
      *value = first;
      return p + 1;
    }
    if (end - p >= 2 && static_cast<int8_t>(p[1]) >= 0) {
      *value = (first & 0x7FU) | static_cast<uint64_t>(static_cast<uint8_t>(p[1])) << 7;
      return p + 2;
    }
    return ReadLongVarint(p, end, value);
  }

  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadLongVarint(const char* p, const char* end, uint64_t* value) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 70; shift += 7, ++p) {
      if (p == end) return Fail(ParseError::Kind::kTruncated, end);
      const auto byte = static_cast<uint8_t>(*p);
      result |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        *value = result;
        return p + 1;
      }
    }
    return Fail(ParseError::Kind::kBadVarint, p);
  }

  // Of five bytes at most, the fifth at most `last`.
  const char* ReadVarint32(const char* p, const char* end, uint8_t last, uint32_t* value) {
    uint32_t result = 0;
    for (unsigned shift = 0; shift < 35; shift += 7, ++p) {
      if (p == end) return Fail(ParseError::Kind::kTruncated, end);
      const auto byte = static_cast<uint8_t>(*p);
      if (shift == 28 && byte > last) break;
      result |= static_cast<uint32_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        *value = result;
        return p + 1;
      }
    }
    return Fail(ParseError::Kind::kBadVarint, p);
  }

  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadLongTag(const char* p, const char* end, uint32_t* tag) {
    return ReadVarint32(p, end, 0x0F, tag);
  }

  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadLongLength(const char* p, const char* end, size_t* length) {
    uint32_t value = 0;
    const char* const next = ReadVarint32(p, end, 0x07, &value);
    if (next == nullptr) return nullptr;
    if (value > kMaxLength) return Fail(ParseError::Kind::kBadLength, p);
    *length = value;
    return next;
  }

  // One that is not known. `start` is where the tag began, `p` stands behind it.
  const char* SkipField(const char* start, const char* p, const char* end, uint32_t tag) {
    if (tag >> 3 == 0) return Fail(ParseError::Kind::kBadTag, start);
    if (unknown_left_ == 0) return Fail(ParseError::Kind::kTooManyUnknown, start);
    unknown_left_ -= 1;
    uint64_t ignored;
    size_t length;
    switch (tag & 7) {
      case 0:
        return ReadVarint(p, end, &ignored);
      case 1:
        return ReadFixed(p, end, &ignored);
      case 2:
        p = ReadLength(p, end, &length);
        return p != nullptr ? p + length : nullptr;
      case 3:
        return SkipGroup(p, end, tag + 1);
      case 5: {
        uint32_t ignored32;
        return ReadFixed(p, end, &ignored32);
      }
      default:
        return Fail(ParseError::Kind::kBadTag, start);
    }
  }

  const char* SkipGroup(const char* p, const char* end, uint32_t end_tag) {
    if (--depth_left_ < 0) return Fail(ParseError::Kind::kTooDeep, p);
    while (p != end) {
      const char* const start = p;
      uint32_t tag;
      p = ReadTag(p, end, &tag);
      if (p == nullptr) return nullptr;
      if (tag == end_tag) {
        ++depth_left_;
        return p;
      }
      p = SkipField(start, p, end, tag);
      if (p == nullptr) return nullptr;
    }
    return Fail(ParseError::Kind::kTruncated, end);
  }

  // Keeps the record [start, end), beside the last one if it follows it.
  bool AddUnknown(const char* start, const char* end, UnknownPieces** unknown) {
    if (*unknown == nullptr) {
      *unknown = New<UnknownPieces>(start);
      if (*unknown == nullptr) return false;
    }
    UnknownPieces* const pieces = *unknown;
    const auto size = static_cast<size_t>(end - start);
    if (!pieces->empty()) {
      std::string_view& last = pieces->data_[pieces->size_ - 1];
      if (last.data() + last.size() == start) {
        last = std::string_view(last.data(), last.size() + size);
        return true;
      }
    }
    std::string_view* const piece = Add(pieces, true, start);
    if (piece == nullptr) return false;
    *piece = std::string_view(start, size);
    return true;
  }

  // One that is kept in another form than it came.
  bool AddUnknownVarint(uint32_t number, uint64_t value, const char* at, UnknownPieces** unknown) {
    constexpr size_t kLongest = 5 + 10;
    if (unknown_left_ == 0) {
      Fail(ParseError::Kind::kTooManyUnknown, at);
      return false;
    }
    unknown_left_ -= 1;
    auto* const record = static_cast<char*>(arena_->Allocate(kLongest));
    if (record == nullptr) {
      Fail(ParseError::Kind::kOutOfMemory, at);
      return false;
    }
    return Charge(kLongest, at) && AddUnknown(record, WriteVarint(value, WriteVarint(number << 3, record)), unknown);
  }

  static char* WriteVarint(uint64_t value, char* to) {
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to++ = static_cast<char>(value);
    return to;
  }

  template <class K, class V>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool SettleSmall(Map<K, V>* map) {
    auto& entries = map->entries_;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < entries.size_; ++i) {
      const auto& key = entries.data_[i].key;
      const auto* const later = std::find_if(entries.data_ + i + 1, entries.data_ + entries.size_,
                                             [&key](const auto& other) { return other.key == key; });
      if (later == entries.data_ + entries.size_) entries.data_[kept++] = entries.data_[i];
    }
    entries.size_ = kept;
    map->unsettled_ = false;
    return true;
  }

  template <class K, class V>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool SettleLarge(Map<K, V>* map) {
    auto& entries = map->entries_;
    auto* const order = static_cast<uint32_t*>(arena_->Allocate(entries.size_ * sizeof(uint32_t)));
    if (order == nullptr) {
      Fail(ParseError::Kind::kOutOfMemory, begin_);
      return false;
    }
    const uint32_t count = entries.size_;
    const auto by_key = [&entries](uint32_t a, uint32_t b) {
      if (entries.data_[a].key < entries.data_[b].key) return true;
      return !(entries.data_[b].key < entries.data_[a].key) && a < b;
    };
    std::iota(order, order + count, 0U);
    std::sort(order, order + count, by_key);
    // Of equal keys, which now lie side by side, the last one stays.
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const bool overwritten = i + 1 < count && entries.data_[order[i]].key == entries.data_[order[i + 1]].key;
      if (!overwritten) order[kept++] = order[i];
    }
    if (kept != count) {
      std::sort(order, order + kept);
      for (uint32_t i = 0; i < kept; ++i) entries.data_[i] = entries.data_[order[i]];
      entries.size_ = kept;
      std::iota(order, order + kept, 0U);
      std::sort(order, order + kept, by_key);
    }
    map->index_ = order;
    map->unsettled_ = false;
    return true;
  }

  Arena* const arena_;
  int depth_left_;
  size_t element_bytes_left_;
  size_t unknown_left_;
  const char* const begin_;
  ParseError error_;
};

// How a value of one kind is read: singly, as an element, as key or value of a map. kCharged: whether elements count
// against ParseOptions::max_element_bytes.

template <class T, class Conversion>
struct VarintCodec {
  using Type = T;
  static constexpr uint32_t kWireType = 0;
  static constexpr bool kCharged = false;
  static T From(uint64_t raw) { return Conversion::From(raw); }
  static const char* Read(const char* p, const char* end, T* value, Decoder* d) {
    uint64_t raw;
    p = d->ReadVarint(p, end, &raw);
    if (p != nullptr) *value = Conversion::From(raw);
    return p;
  }
  static bool IsKnown(const T&) { return true; }
};

template <class T>
struct Truncate {
  static T From(uint64_t raw) { return static_cast<T>(raw); }
};
struct NotZero {
  static bool From(uint64_t raw) { return raw != 0; }
};
struct ZigZag32 {
  static int32_t From(uint64_t raw) {
    const auto bits = static_cast<uint32_t>(raw);
    return static_cast<int32_t>((bits >> 1) ^ (0U - (bits & 1)));
  }
};
struct ZigZag64 {
  static int64_t From(uint64_t raw) { return static_cast<int64_t>((raw >> 1) ^ (uint64_t{0} - (raw & 1))); }
};
template <class Enum>
struct ToEnum {
  static Enum From(uint64_t raw) { return static_cast<Enum>(static_cast<int>(raw)); }
};

using Int32 = VarintCodec<int32_t, Truncate<int32_t>>;
using Int64 = VarintCodec<int64_t, Truncate<int64_t>>;
using UInt32 = VarintCodec<uint32_t, Truncate<uint32_t>>;
using UInt64 = VarintCodec<uint64_t, Truncate<uint64_t>>;
using SInt32 = VarintCodec<int32_t, ZigZag32>;
using SInt64 = VarintCodec<int64_t, ZigZag64>;
using Bool = VarintCodec<bool, NotZero>;
template <class Enum>
using OpenEnum = VarintCodec<Enum, ToEnum<Enum>>;

// For values of maps; elsewhere Decoder's functions put unknown values where they belong.
template <class Enum, bool (*kIsValid)(int)>
struct ClosedEnum : OpenEnum<Enum> {
  static bool IsKnown(const Enum& value) { return kIsValid(static_cast<int>(value)); }
};

template <class T>
struct FixedCodec {
  using Type = T;
  static constexpr uint32_t kWireType = sizeof(T) == 8 ? 1 : 5;
  static constexpr bool kCharged = false;
  static const char* Read(const char* p, const char* end, T* value, Decoder* d) { return d->ReadFixed(p, end, value); }
  static bool IsKnown(const T&) { return true; }
};

using Fixed32 = FixedCodec<uint32_t>;
using Fixed64 = FixedCodec<uint64_t>;
using SFixed32 = FixedCodec<int32_t>;
using SFixed64 = FixedCodec<int64_t>;
using Float = FixedCodec<float>;
using Double = FixedCodec<double>;

template <bool kValidateUtf8>
struct LengthCodec {
  using Type = std::string_view;
  static constexpr uint32_t kWireType = 2;
  static constexpr bool kCharged = true;
  static const char* Read(const char* p, const char* end, std::string_view* value, Decoder* d) {
    return d->ReadString<kValidateUtf8>(p, end, value);
  }
  static bool IsKnown(const std::string_view&) { return true; }
};

using String = LengthCodec<true>;
using UncheckedString = LengthCodec<false>;
using Bytes = LengthCodec<false>;

// Values of maps.
template <class View>
struct Message {
  using Type = View;
  static constexpr uint32_t kWireType = 2;
  static const char* Read(const char* p, const char* end, View* value, Decoder* d) {
    return d->ReadMessage(p, end, &value);
  }
  static bool IsKnown(const View&) { return true; }
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_DECODER_H_
