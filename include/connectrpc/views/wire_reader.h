#ifndef CONNECTRPC_VIEWS_WIRE_READER_H_
#define CONNECTRPC_VIEWS_WIRE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "connectrpc/views/compiler.h"
#include "connectrpc/views/parse_options.h"
#include "connectrpc/views/repeated.h"
#include "connectrpc/views/table.h"
#include "connectrpc/views/utf8.h"
#include "connectrpc/views/varints.h"

namespace connectrpc::views::internal {

// Reads what messages are made of: tags, numbers, lengths and strings. Remembers what was wrong.
//
// Functions that read take the position `p` and the end of what may be read, and return the position behind what they
// have read, or null after an error. What they refuse, and how they read what they accept, is what protobuf does
// (docs/views.md lists the one difference).
class WireReader {
 public:
  // `bytes` are the whole message, of which nothing else is read.
  explicit WireReader(std::string_view bytes) : begin_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  WireReader(const WireReader&) = delete;
  WireReader& operator=(const WireReader&) = delete;

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
                                  (!kValidateUtf8 || (end_ - text >= 16 && IsAsciiOf16(text, length))))) {
        *value = std::string_view(text, length);
        return text + length;
      }
    }
    return ReadAnyString<kValidateUtf8>(p, end, value);
  }

  // Like ReadVarint, where one or two bytes are as likely. `p` is not `end`.
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

 protected:
  ~WireReader() = default;

  // Where the message begins.
  const char* begin() const { return begin_; }
  // `p`, or a position behind it before which `length` bytes may be read wherever one is.
  const char* ReadableUntil(const char* p, ptrdiff_t length) const {
    return end_ - p >= length ? end_ - (length - 1) : p;
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

  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadLongVarint(const char* p, const char* end, uint64_t* value) {
    if (CONNECTRPC_VIEWS_LIKELY(end_ - p >= 10)) {
      const size_t length = LoadVarint(p, value);
      if (CONNECTRPC_VIEWS_LIKELY(length != 0 && length <= static_cast<size_t>(end - p))) return p + length;
    }
    return ReadVarintByBytes(p, end, value);
  }

  // Near the end of the message; and to say what is wrong.
  CONNECTRPC_VIEWS_OUT_OF_LINE const char* ReadVarintByBytes(const char* p, const char* end, uint64_t* value) {
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
    if (CONNECTRPC_VIEWS_LIKELY(end - p >= 2 && static_cast<int8_t>(p[1]) >= 0)) {
      *length = SevensOfPair(LoadLittleEndian<uint16_t>(p));
      return p + 2;
    }
    uint32_t value = 0;
    const char* const next = ReadVarint32(p, end, 0x07, &value);
    if (next == nullptr) return nullptr;
    if (value > kMaxLength) return Fail(ParseError::Kind::kBadLength, p);
    *length = value;
    return next;
  }

  const char* const begin_;
  const char* const end_;
  ParseError error_;
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_WIRE_READER_H_
