#ifndef CONNECTRPC_SRC_CODEC_WIRE_READER_H_
#define CONNECTRPC_SRC_CODEC_WIRE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace connectrpc::codec {

enum WireType : uint8_t {
  kVarintWire = 0,
  kFixed64Wire = 1,
  kBytesWire = 2,
  kGroupWire = 3,
  kGroupEndWire = 4,
  kFixed32Wire = 5,
};

// False where `*p` does not begin a varint of at most 10 bytes before `end`. Advances `*p`.
[[nodiscard]] inline bool ReadVarint(const char** p, const char* end, uint64_t* value) {
  if (*p != end && static_cast<signed char>(**p) >= 0) {
    *value = static_cast<unsigned char>(*(*p)++);
    return true;
  }
  *value = 0;
  for (int shift = 0; shift < 70 && *p != end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*(*p)++);
    *value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// A field as it stands in a message.
struct WireField {
  uint32_t number = 0;
  WireType type = kVarintWire;
  // Without the tag, the length and the end of a group: of numbers, what encodes them.
  std::string_view bytes;

  // Of a number.
  uint64_t number_value() const;
};

// Reads the fields of a message in the order in which they come. The message may come in pieces, each of whole fields:
// protobuf takes the occurrences of a field that is a message for parts of one.
class WireReader {
 public:
  WireReader(const std::string_view* pieces, size_t count) : piece_(pieces), pieces_end_(pieces + count) {
    if (count > 0) Begin();
  }

  // False at the end, and for what is no field: then failed() is true.
  bool Next(WireField* field) {
    while (next_ == end_) {
      if (piece_ == pieces_end_ || ++piece_ == pieces_end_) return false;
      Begin();
    }
    if (Read(field)) return true;
    failed_ = true;
    return false;
  }

  bool failed() const { return failed_; }

 private:
  void Begin() {
    next_ = piece_->data();
    end_ = next_ + piece_->size();
  }
  bool Read(WireField* field);

  const std::string_view* piece_;
  const std::string_view* const pieces_end_;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  bool failed_ = false;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_WIRE_READER_H_
