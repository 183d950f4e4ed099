#ifndef CONNECTRPC_VIEWS_DECODER_H_
#define CONNECTRPC_VIEWS_DECODER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "connectrpc/views/arena.h"
#include "connectrpc/views/codecs.h"
#include "connectrpc/views/element_builder.h"
#include "connectrpc/views/map.h"
#include "connectrpc/views/map_settling.h"
#include "connectrpc/views/parse_options.h"
#include "connectrpc/views/repeated.h"
#include "connectrpc/views/wire_reader.h"

// What generated views parse with. Of interest to generated code and to this library alone.
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

template <class View>
struct Message;

// The state of parsing one message. Functions that read are like WireReader's.
class Decoder final : public MapSettling {
 public:
  Decoder(std::string_view bytes, const ParseOptions& options, Arena* arena)
      : MapSettling(bytes, options, arena),
        depth_left_(std::max(options.max_depth, 0)),
        unknown_left_(options.max_unknown_fields) {}

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
    typename Codec::Type* const element = Add(elements, p);
    if (element == nullptr) return nullptr;
    *element = value;
    return p;
  }
  template <class View>
  const char* AppendMessage(const char* p, const char* end, Repeated<View>* elements) {
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr) return nullptr;
    View* const element = AddMessage(elements, length, static_cast<size_t>(end - p), p);
    return element != nullptr ? NestWhole(p, p + length, 0, element) : nullptr;
  }
  template <class View>
  const char* AppendGroup(const char* p, const char* end, uint32_t tag, Repeated<View>* elements) {
    View* const element = Add(elements, p);
    return element != nullptr ? NestWhole(p, end, tag + 1, element) : nullptr;
  }
  template <class T>
  const char* AppendFixed(const char* p, const char* end, FixedRepeated<T>* elements) {
    if (static_cast<size_t>(end - p) < sizeof(T)) return Fail(ParseError::Kind::kTruncated, end);
    return AppendFixedBytes(p, sizeof(T), elements);
  }

  // Packed fields, one piece.

  template <class Codec>
  CONNECTRPC_VIEWS_OUT_OF_LINE const char* AppendPacked(const char* p, const char* end,
                                                        Repeated<typename Codec::Type>* elements) {
    using T = typename Codec::Type;
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr || length == 0) return p;
    const char* const piece_end = p + length;
    if (static_cast<int8_t>(piece_end[-1]) < 0) return Fail(ParseError::Kind::kTruncated, piece_end);
    const size_t most = length <= kUncounted && elements->capacity_ == 0 ? length : CountVarints(p, piece_end);
    T* const room = MakeRoom(elements, most + kVarintsBeyond, p);
    if (room == nullptr) return nullptr;
    LoadedVarints<T> loaded = LoadVarints<Codec>(p, piece_end, ReadableUntil(p, kVarintsReadable), room);
    if (loaded.p != piece_end && !ReadVarints<Codec>(piece_end, &loaded)) return nullptr;
    UseRoom(room, loaded.out, elements);
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
    Enum* const element = Add(elements, p);
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
    if (p != piece_end && !Reserve(elements, CountVarints(p, piece_end), p)) return nullptr;
    while (p != nullptr && p != piece_end) {
      p = AppendClosedEnum<Enum, kIsValid>(p, piece_end, number, elements, unknown);
    }
    return p;
  }

  // One entry of a map. `start` is where its tag began.
  template <class KeyCodec, class ValueCodec>
  const char* ReadMapEntry(const char* start, const char* p, const char* end,
                           Map<typename KeyCodec::Type, typename ValueCodec::Type>* map, UnknownPieces** unknown) {
    size_t length;
    p = ReadLength(p, end, &length);
    if (p == nullptr) return nullptr;
    auto* const entry = AddMessage(&map->entries_, length, static_cast<size_t>(end - p), p);
    if (entry == nullptr) return nullptr;
    if (--depth_left_ < 0) return Fail(ParseError::Kind::kTooDeep, p);
    const char* const entry_end = p + length;
    const WaitingMap* const outer = waiting();
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
    if (kIsMessage<ValueCodec> && !SettleWaiting(outer)) return nullptr;
    if (!known) {
      map->entries_.size_ -= 1;
      return CountUnknown(start) && AddUnknown(start, p, start, unknown) ? p : nullptr;
    }
    AddLast(map);
    return p;
  }

  // What the type does not know. `start` is where the tag began, `p` stands behind it.
  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadUnknown(const char* start, const char* p, const char* end, uint32_t tag,
                                                       UnknownPieces** unknown) {
    p = SkipField(start, p, end, tag);
    return p != nullptr && AddUnknown(start, p, start, unknown) ? p : nullptr;
  }

  // Whether `tag` is the one that ends the group being read; `end_tag` is 0 where there is none.
  static bool EndsGroup(uint32_t tag, uint32_t end_tag) { return tag == end_tag && tag != 0; }

 private:
  template <class Codec>
  static constexpr bool kIsMessage = std::is_same_v<Codec, Message<typename Codec::Type>>;

  // A message into which no other occurrence can be merged.
  template <class View>
  const char* NestWhole(const char* p, const char* end, uint32_t end_tag, View* view) {
    const WaitingMap* const outer = waiting();
    p = Nest(p, end, end_tag, view);
    return p != nullptr && SettleWaiting(outer) ? p : nullptr;
  }

  template <class View>
  const char* Nest(const char* p, const char* end, uint32_t end_tag, View* view) {
    if (--depth_left_ < 0) return Fail(ParseError::Kind::kTooDeep, p);
    p = view->Merge(p, end, end_tag, this);
    ++depth_left_;
    return p;
  }

  // Pieces of packed fields that are no longer get room for one value a byte, of which what is not used is given back:
  // that is cheaper than to count first.
  static constexpr size_t kUncounted = 1024;

  // What LoadVarints has left, of a piece that ends at `end`.
  template <class Codec>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool ReadVarints(const char* end, LoadedVarints<typename Codec::Type>* loaded) {
    while (loaded->p != end) {
      uint64_t value;
      loaded->p = ReadShortVarint(loaded->p, end, &value);
      if (loaded->p == nullptr) return false;
      *loaded->out++ = Codec::From(value);
    }
    return true;
  }

  // Each record counts, also where several are kept as one piece or none is kept.
  bool CountUnknown(const char* at) {
    if (unknown_left_ == 0) {
      Fail(ParseError::Kind::kTooManyUnknown, at);
      return false;
    }
    unknown_left_ -= 1;
    return true;
  }

  // One that is not known. `start` is where the tag began, `p` stands behind it.
  const char* SkipField(const char* start, const char* p, const char* end, uint32_t tag) {
    if (tag >> 3 == 0) return Fail(ParseError::Kind::kBadTag, start);
    if (!CountUnknown(start)) return nullptr;
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

  // Keeps the record [start, end), beside the last one if it follows it. It may lie elsewhere than in the message.
  bool AddUnknown(const char* start, const char* end, const char* at, UnknownPieces** unknown) {
    if (!Make(unknown, at)) return false;
    UnknownPieces* const pieces = *unknown;
    const auto size = static_cast<size_t>(end - start);
    if (!pieces->empty()) {
      std::string_view& last = pieces->data_[pieces->size_ - 1];
      if (last.data() + last.size() == start) {
        last = std::string_view(last.data(), last.size() + size);
        return true;
      }
    }
    std::string_view* const piece = Add(pieces, at);
    if (piece == nullptr) return false;
    *piece = std::string_view(start, size);
    return true;
  }

  // One that is kept in another form than it came.
  bool AddUnknownVarint(uint32_t number, uint64_t value, const char* at, UnknownPieces** unknown) {
    constexpr size_t kLongest = 5 + 10;
    if (!CountUnknown(at)) return false;
    auto* const record = static_cast<char*>(Take(kLongest, at));
    return record != nullptr && AddUnknown(record, WriteVarint(value, WriteVarint(number << 3, record)), at, unknown);
  }

  static char* WriteVarint(uint64_t value, char* to) {
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to++ = static_cast<char>(value);
    return to;
  }

  int depth_left_;
  size_t unknown_left_;
};

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
