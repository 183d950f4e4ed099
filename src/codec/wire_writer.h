#ifndef CONNECTRPC_SRC_CODEC_WIRE_WRITER_H_
#define CONNECTRPC_SRC_CODEC_WIRE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace connectrpc::codec {

// Writes protobuf's wire format from front to back, though the length of a message is known only at its end. One byte
// is left for it, which nearly always does; longer ones are inserted all together when the rest is written, so that no
// byte moves more than once however deep it lies.
class WireWriter {
 public:
  // Replaces `*out`.
  explicit WireWriter(std::string* out) : out_(out) { out->clear(); }

  void Append(std::string_view bytes) { out_->append(bytes); }
  void Put(char byte) { out_->push_back(byte); }
  void PutVarint(uint64_t value) {
    if (value < 0x80) {
      out_->push_back(static_cast<char>(value));
    } else {
      PutLongVarint(value);
    }
  }
  void PutFixed32(uint32_t value) { PutFixed(value, 4); }
  void PutFixed64(uint64_t value) { PutFixed(value, 8); }
  void PutBytes(std::string_view bytes) {
    PutVarint(bytes.size());
    out_->append(bytes);
  }

  // A length and what it counts, up to CloseLength. They nest.
  struct Length {
    size_t begin;     // behind the byte for it
    size_t index;     // in late_
    size_t inserted;  // of inserted_
  };
  Length OpenLength() {
    out_->push_back('\0');
    late_.push_back({out_->size(), 0});
    return {out_->size(), late_.size() - 1, inserted_};
  }
  void CloseLength(const Length& length);

  // What has been written by now. Nothing that was opened later may be closed earlier.
  struct Mark {
    size_t size;
    size_t late;
    size_t inserted;
  };
  Mark mark() const { return {out_->size(), late_.size(), inserted_}; }
  bool IsAt(const Mark& mark) const { return out_->size() == mark.size; }
  void Rewind(const Mark& mark) {
    out_->resize(mark.size);
    late_.resize(mark.late);
    inserted_ = mark.inserted;
  }

  // At the end, with no length open.
  void Finish();

 private:
  // A length of more than a byte, or one that is open still.
  struct Late {
    size_t position;  // behind its first byte
    size_t length;
  };

  void PutLongVarint(uint64_t value);
  void PutFixed(uint64_t value, int bytes);

  std::string* const out_;
  std::vector<Late> late_;  // in the order of their positions
  size_t inserted_ = 0;     // bytes that those of late_ that are closed will add
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_WIRE_WRITER_H_
