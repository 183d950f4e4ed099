#include "codec/wire_writer.h"

#include <cstring>

namespace connectrpc::codec {
namespace {

constexpr size_t kMaxVarint = 10;

size_t EncodeVarint(uint64_t value, char* to) {
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) to[size++] = static_cast<char>((value & 0x7f) | 0x80);
  to[size++] = static_cast<char>(value);
  return size;
}

}  // namespace

void WireWriter::CloseLength(const Length& length) {
  const size_t value = out_->size() - length.begin + (inserted_ - length.inserted);
  if (value < 0x80) {
    (*out_)[length.begin - 1] = static_cast<char>(value);
    late_.pop_back();  // all that was opened later was as short
    return;
  }
  char encoded[kMaxVarint];
  late_[length.index].length = value;
  inserted_ += EncodeVarint(value, encoded) - 1;
}

void WireWriter::Finish() {
  if (late_.empty()) return;
  size_t from = out_->size();
  out_->resize(from + inserted_);
  char* const data = out_->data();
  size_t to = out_->size();
  for (size_t i = late_.size(); i-- > 0;) {
    const Late& late = late_[i];
    const size_t count = from - late.position;
    to -= count;
    std::memmove(data + to, data + late.position, count);
    char encoded[kMaxVarint];
    const size_t size = EncodeVarint(late.length, encoded);
    to -= size;
    std::memcpy(data + to, encoded, size);
    from = late.position - 1;
  }
  late_.clear();
  inserted_ = 0;
}

void WireWriter::PutLongVarint(uint64_t value) {
  char encoded[kMaxVarint];
  out_->append(encoded, EncodeVarint(value, encoded));
}

void WireWriter::PutFixed(uint64_t value, int bytes) {
  char encoded[8];
  for (int i = 0; i < bytes; ++i, value >>= 8) encoded[i] = static_cast<char>(value & 0xff);
  out_->append(encoded, static_cast<size_t>(bytes));
}

}  // namespace connectrpc::codec
