#include "codec/bounded_output.h"

#include <algorithm>
#include <limits>

namespace connectrpc::codec {
namespace {

constexpr size_t kMinOutput = 256;

// A string's capacity beyond which it is worth a copy not to keep it mostly empty.
constexpr size_t kMinShrink = 1024;

}  // namespace

void CutTo(size_t size, std::string* out) {
  out->resize(size);
  if (out->capacity() > kMinShrink && size < out->capacity() / 2) out->shrink_to_fit();
}

BoundedOutput::BoundedOutput(size_t expected, size_t max_bytes, std::string* out)
    : max_bytes_(max_bytes),
      capacity_(max_bytes == std::numeric_limits<size_t>::max() ? max_bytes : max_bytes + 1),
      out_(out) {
  out_->clear();
  out_->resize(std::min(capacity_, std::max(kMinOutput, expected)));
}

BoundedOutput::Span BoundedOutput::Room() {
  if (written_ == out_->size()) Grow(written_);
  return {out_->data() + written_, out_->size() - written_};
}

BoundedOutput::Span BoundedOutput::RoomFor(size_t bytes) {
  if (bytes > max_bytes_ - written_) return {nullptr, 0};
  if (bytes > out_->size() - written_) Grow(written_ + bytes);
  return {out_->data() + written_, out_->size() - written_};
}

bool BoundedOutput::Advance(size_t bytes) {
  written_ += bytes;
  return written_ <= max_bytes_;
}

DecompressResult BoundedOutput::Finish(DecompressResult result) {
  CutTo(result == DecompressResult::kOk ? written_ : 0, out_);
  return result;
}

void BoundedOutput::Grow(size_t min_size) {
  const size_t twice = out_->size() > capacity_ / 2 ? capacity_ : 2 * out_->size();
  // A string that has to grow takes twice its capacity, beyond the limit; a new one takes what it is told.
  std::string larger;
  larger.reserve(std::max(min_size, twice));
  larger.append(*out_, 0, written_);
  larger.resize(std::min(larger.capacity(), capacity_));
  out_->swap(larger);
}

}  // namespace connectrpc::codec
