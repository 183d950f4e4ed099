#include <zlib.h>

#include <algorithm>
#include <limits>

#include "codec/compression.h"

namespace connectrpc::codec {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 16: a gzip header and trailer, and nothing else
constexpr int kMemLevel = 8;              // zlib's default
constexpr size_t kMinOutput = 256;
constexpr size_t kMaxStep = std::numeric_limits<uInt>::max();

// A string's capacity beyond which it is worth a copy not to keep it mostly empty.
constexpr size_t kMinShrink = 1024;

// zlib's states are large (deflate: 256 KiB) and slow to set up, so each thread keeps one of each kind and resets it.
// One is enough, as no call uses two; it is released when the thread ends.
class DeflateState {
 public:
  DeflateState() = default;
  DeflateState(const DeflateState&) = delete;
  DeflateState& operator=(const DeflateState&) = delete;
  ~DeflateState() {
    if (ready_) deflateEnd(&stream_);
  }

  // Ready for a new stream, or null when memory is short.
  z_stream* Begin(int level) {
    if (!ready_) {
      if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindowBits, kMemLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
        return nullptr;
      }
      ready_ = true;
      level_ = level;
      return &stream_;
    }
    if (deflateReset(&stream_) != Z_OK) return nullptr;
    if (level_ != level && deflateParams(&stream_, level, Z_DEFAULT_STRATEGY) != Z_OK) return nullptr;
    level_ = level;
    return &stream_;
  }

 private:
  z_stream stream_ = {};
  bool ready_ = false;
  int level_ = 0;
};

class InflateState {
 public:
  InflateState() = default;
  InflateState(const InflateState&) = delete;
  InflateState& operator=(const InflateState&) = delete;
  ~InflateState() {
    if (ready_) inflateEnd(&stream_);
  }

  z_stream* Begin() {
    if (ready_) return inflateReset(&stream_) == Z_OK ? &stream_ : nullptr;
    ready_ = inflateInit2(&stream_, kGzipWindowBits) == Z_OK;
    return ready_ ? &stream_ : nullptr;
  }

 private:
  z_stream stream_ = {};
  bool ready_ = false;
};

DeflateState& ThreadDeflateState() {
  thread_local DeflateState state;
  return state;
}

InflateState& ThreadInflateState() {
  thread_local InflateState state;
  return state;
}

// zlib promises not to write through next_in.
Bytef* InputPointer(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

void SetSize(size_t size, std::string* out) {
  out->resize(size);
  if (out->capacity() > kMinShrink && size < out->capacity() / 2) out->shrink_to_fit();
}

void Release(std::string* out) {
  out->clear();
  out->shrink_to_fit();
}

// Inflates into `*out`, which it lets grow by doubling up to one byte more than is permitted.
class Inflater {
 public:
  Inflater(std::string_view bytes, size_t max_bytes, z_stream* stream, std::string* out)
      : limit_(max_bytes == std::numeric_limits<size_t>::max() ? max_bytes : max_bytes + 1),
        max_bytes_(max_bytes),
        stream_(stream),
        out_(out) {
    stream_->next_in = InputPointer(bytes);
    stream_->avail_in = static_cast<uInt>(bytes.size());
    out_->resize(std::min(limit_, std::max(kMinOutput, 2 * bytes.size())));
  }

  DecompressResult Run() {
    while (true) {
      const size_t room = std::min(out_->size() - written_, kMaxStep);
      stream_->next_out = reinterpret_cast<Bytef*>(&(*out_)[written_]);
      stream_->avail_out = static_cast<uInt>(room);
      // Z_FINISH spares zlib its copy of the window when all output fits, which is the rule.
      const int status = inflate(stream_, Z_FINISH);
      written_ += room - stream_->avail_out;
      if (written_ > max_bytes_) return DecompressResult::kTooLarge;
      if (status == Z_STREAM_END) {
        if (stream_->avail_in == 0) return DecompressResult::kOk;
        // Another member follows (RFC 1952 section 2.2). Each is at least 18 bytes, so this ends.
        if (inflateReset(stream_) != Z_OK) return DecompressResult::kCorrupt;
        continue;
      }
      // Z_BUF_ERROR is no error but a want: of room, or, where there is room left, of the input's missing rest.
      const bool wants_room = (status == Z_BUF_ERROR || status == Z_OK) && stream_->avail_out == 0;
      if (!wants_room) return DecompressResult::kCorrupt;
      if (written_ == out_->size()) Grow();
    }
  }

  size_t written() const { return written_; }

 private:
  void Grow() {
    // A string that has to grow takes twice its capacity, beyond the limit; a new one takes what it is told.
    std::string larger;
    larger.reserve(out_->size() > limit_ / 2 ? limit_ : 2 * out_->size());
    larger.append(*out_);
    larger.resize(std::min(larger.capacity(), limit_));
    out_->swap(larger);
  }

  const size_t limit_;
  const size_t max_bytes_;
  z_stream* const stream_;
  std::string* const out_;
  size_t written_ = 0;
};

class GzipCompressor final : public Compressor {
 public:
  explicit GzipCompressor(int level) : level_(std::clamp(level, 1, 9)) {}

  std::string_view name() const override { return "gzip"; }

  bool Compress(std::string_view bytes, std::string* out) const override {
    out->clear();
    z_stream* const stream = ThreadDeflateState().Begin(level_);
    if (stream == nullptr) return false;
    const size_t bound = deflateBound(stream, static_cast<uLong>(bytes.size()));
    if (bytes.size() > kMaxStep || bound > kMaxStep) return false;
    out->resize(bound);
    stream->next_in = InputPointer(bytes);
    stream->avail_in = static_cast<uInt>(bytes.size());
    stream->next_out = reinterpret_cast<Bytef*>(out->data());
    stream->avail_out = static_cast<uInt>(bound);
    if (deflate(stream, Z_FINISH) != Z_STREAM_END) {
      Release(out);
      return false;
    }
    SetSize(bound - stream->avail_out, out);
    return true;
  }

  DecompressResult Decompress(std::string_view bytes, size_t max_bytes, std::string* out) const override {
    out->clear();
    // Beyond 4 GiB the input is larger than any message that a limit of ours lets pass.
    if (bytes.size() > kMaxStep) return DecompressResult::kTooLarge;
    z_stream* const stream = ThreadInflateState().Begin();
    if (stream == nullptr) return DecompressResult::kCorrupt;  // out of memory; no better answer for the peer
    Inflater inflater(bytes, max_bytes, stream, out);
    const DecompressResult result = inflater.Run();
    if (result == DecompressResult::kOk) {
      SetSize(inflater.written(), out);
    } else {
      Release(out);
    }
    return result;
  }

 private:
  const int level_;
};

}  // namespace

std::unique_ptr<Compressor> NewGzipCompressor(int level) {
  return std::make_unique<GzipCompressor>(level);
}

}  // namespace connectrpc::codec
