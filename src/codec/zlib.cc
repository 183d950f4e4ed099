#include <zlib.h>

#include <algorithm>
#include <limits>

#include "codec/bounded_output.h"
#include "codec/compression.h"

namespace connectrpc::codec {
namespace {

// The values are zlib's window bits: 15 for windows of 32 KiB, + 16 for a gzip header and trailer and nothing else.
enum class Format { kZlib = 15, kGzip = 15 + 16 };

constexpr int kMemLevel = 8;  // zlib's default
constexpr size_t kMaxStep = std::numeric_limits<uInt>::max();

// zlib's states are large (deflate: 256 KiB) and slow to set up, so each thread keeps one of each kind and resets it.
// One is enough, as no call uses two; it is released when the thread ends.
class DeflateState {
 public:
  explicit DeflateState(Format format) : format_(format) {}
  DeflateState(const DeflateState&) = delete;
  DeflateState& operator=(const DeflateState&) = delete;
  ~DeflateState() {
    if (ready_) deflateEnd(&stream_);
  }

  // Ready for a new stream, or null when memory is short.
  z_stream* Begin(int level) {
    if (!ready_) {
      const int window_bits = static_cast<int>(format_);
      if (deflateInit2(&stream_, level, Z_DEFLATED, window_bits, kMemLevel, Z_DEFAULT_STRATEGY) != Z_OK) return nullptr;
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
  const Format format_;
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

  z_stream* Begin(Format format) {
    const int window_bits = static_cast<int>(format);
    if (ready_) return inflateReset2(&stream_, window_bits) == Z_OK ? &stream_ : nullptr;
    ready_ = inflateInit2(&stream_, window_bits) == Z_OK;
    return ready_ ? &stream_ : nullptr;
  }

 private:
  z_stream stream_ = {};
  bool ready_ = false;
};

// deflate cannot change its format as inflate can.
DeflateState& ThreadDeflateState(Format format) {
  thread_local DeflateState gzip(Format::kGzip);
  thread_local DeflateState zlib(Format::kZlib);
  return format == Format::kGzip ? gzip : zlib;
}

InflateState& ThreadInflateState() {
  thread_local InflateState state;
  return state;
}

// zlib promises not to write through next_in.
Bytef* InputPointer(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

class ZlibCompressor final : public Compressor {
 public:
  ZlibCompressor(Format format, int level) : format_(format), level_(std::clamp(level, 1, 9)) {}

  std::string_view name() const override { return format_ == Format::kGzip ? "gzip" : "deflate"; }

  bool Compress(std::string_view bytes, std::string* out) const override {
    out->clear();
    z_stream* const stream = ThreadDeflateState(format_).Begin(level_);
    if (stream == nullptr) return false;
    const size_t bound = deflateBound(stream, static_cast<uLong>(bytes.size()));
    if (bytes.size() > kMaxStep || bound > kMaxStep) return false;
    out->resize(bound);
    stream->next_in = InputPointer(bytes);
    stream->avail_in = static_cast<uInt>(bytes.size());
    stream->next_out = reinterpret_cast<Bytef*>(out->data());
    stream->avail_out = static_cast<uInt>(bound);
    const bool done = deflate(stream, Z_FINISH) == Z_STREAM_END;
    CutTo(done ? bound - stream->avail_out : 0, out);
    return done;
  }

  DecompressResult Decompress(std::string_view bytes, size_t max_bytes, std::string* out) const override {
    out->clear();
    // Beyond 4 GiB the input is larger than any message that a limit of ours lets pass.
    if (bytes.size() > kMaxStep) return DecompressResult::kTooLarge;
    z_stream* const stream = ThreadInflateState().Begin(format_);
    if (stream == nullptr) return DecompressResult::kCorrupt;  // out of memory; no better answer for the peer
    stream->next_in = InputPointer(bytes);
    stream->avail_in = static_cast<uInt>(bytes.size());
    BoundedOutput output(2 * bytes.size(), max_bytes, out);
    return output.Finish(Inflate(stream, &output));
  }

 private:
  DecompressResult Inflate(z_stream* stream, BoundedOutput* output) const {
    while (true) {
      const BoundedOutput::Span room = output->Room();
      const uInt step = static_cast<uInt>(std::min(room.size, kMaxStep));
      stream->next_out = reinterpret_cast<Bytef*>(room.data);
      stream->avail_out = step;
      // Z_FINISH spares zlib its copy of the window when all output fits, which is the rule.
      const int status = inflate(stream, Z_FINISH);
      if (!output->Advance(step - stream->avail_out)) return DecompressResult::kTooLarge;
      if (status == Z_STREAM_END) {
        if (stream->avail_in == 0) return DecompressResult::kOk;
        // Another member follows (RFC 1952 section 2.2). Each is at least 18 bytes, so this ends.
        if (format_ != Format::kGzip || inflateReset(stream) != Z_OK) return DecompressResult::kCorrupt;
        continue;
      }
      // Z_BUF_ERROR is no error but a want: of room, or, where there is room left, of the input's missing rest.
      const bool wants_room = (status == Z_BUF_ERROR || status == Z_OK) && stream->avail_out == 0;
      if (!wants_room) return DecompressResult::kCorrupt;
    }
  }

  const Format format_;
  const int level_;
};

}  // namespace

std::unique_ptr<Compressor> NewGzipCompressor(int level) {
  return std::make_unique<ZlibCompressor>(Format::kGzip, level);
}

std::unique_ptr<Compressor> NewDeflateCompressor(int level) {
  return std::make_unique<ZlibCompressor>(Format::kZlib, level);
}

}  // namespace connectrpc::codec
