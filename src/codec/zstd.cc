#include <zstd.h>

#include <algorithm>

#include "codec/bounded_output.h"
#include "codec/compression.h"

namespace connectrpc::codec {
namespace {

// RFC 9659: content codings use windows of no more than 8 MiB. A decoder left to itself allocates 128 MiB for 9 bytes.
constexpr int kMaxWindowLog = 23;
// From this level on, zstd chooses larger windows for larger messages.
constexpr int kFirstLargeWindowLevel = 20;

// Most of what a thread keeps of each kind of state. Level 3 needs less for messages of any size; what great levels and
// great windows need goes back after the call.
constexpr size_t kMaxKeptBytes = 2 * 1024 * 1024;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using CompressContext = std::unique_ptr<ZSTD_CCtx, FreeContext>;
using DecompressContext = std::unique_ptr<ZSTD_DCtx, FreeContext>;

CompressContext& ThreadCompressContext() {
  thread_local CompressContext context;
  return context;
}

DecompressContext& ThreadDecompressContext() {
  thread_local DecompressContext context;
  return context;
}

bool Set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  return !ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value));
}

// Ready for a new stream, or null when memory is short.
ZSTD_CCtx* Begin(CompressContext* context, int level) {
  if (*context == nullptr) context->reset(ZSTD_createCCtx());
  if (*context == nullptr) return nullptr;
  constexpr int kByLevel = 0;
  const int window_log = level < kFirstLargeWindowLevel ? kByLevel : kMaxWindowLog;
  const bool ready = !ZSTD_isError(ZSTD_CCtx_reset(context->get(), ZSTD_reset_session_only)) &&
                     Set(context->get(), ZSTD_c_compressionLevel, level) &&
                     Set(context->get(), ZSTD_c_windowLog, window_log);
  return ready ? context->get() : nullptr;
}

ZSTD_DCtx* Begin(DecompressContext* context) {
  if (*context == nullptr) context->reset(ZSTD_createDCtx());
  if (*context == nullptr) return nullptr;
  const bool ready = !ZSTD_isError(ZSTD_DCtx_reset(context->get(), ZSTD_reset_session_only)) &&
                     !ZSTD_isError(ZSTD_DCtx_setParameter(context->get(), ZSTD_d_windowLogMax, kMaxWindowLog));
  return ready ? context->get() : nullptr;
}

uint32_t ReadLittleEndian32(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// Whether a frame that we take begins here. The library alone would also take the formats of before version 1, where it
// was built with them, and overlook the window of a frame that it can decode in one go; what is valid would then depend
// on how much room there happens to be.
bool IsPermittedFrame(std::string_view frame) {
  constexpr size_t kMinFrameBytes = 8;
  if (frame.size() < kMinFrameBytes) return false;
  const uint32_t magic = ReadLittleEndian32(frame);
  if ((magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START) return true;
  if (magic != ZSTD_MAGICNUMBER) return false;
  // RFC 8878 section 3.1.1.1: without a window descriptor, the window is the content.
  constexpr unsigned char kSingleSegment = 0x20;
  if ((static_cast<unsigned char>(frame[4]) & kSingleSegment) != 0) {
    // Errors of this function are the greatest of numbers.
    return ZSTD_getFrameContentSize(frame.data(), frame.size()) <= 1u << kMaxWindowLog;
  }
  // Five bits of exponent above 10, three of mantissa.
  return static_cast<unsigned char>(frame[5]) <= (kMaxWindowLog - 10) << 3;
}

// With room for all of its content a frame is decoded in place, past the window. Its own word on how much that is
// counts as far as it costs no more than messages commonly do: a few bytes must not make us take the permitted maximum.
size_t ExpectedSize(std::string_view bytes, size_t max_bytes) {
  constexpr size_t kCommonRatio = 32;
  const unsigned long long claimed = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  return claimed <= max_bytes && claimed / kCommonRatio <= bytes.size() ? static_cast<size_t>(claimed)
                                                                        : 4 * bytes.size();
}

DecompressResult DecompressFrames(std::string_view bytes, ZSTD_DCtx* context, BoundedOutput* output) {
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  do {
    if (!IsPermittedFrame(bytes.substr(in.pos))) return DecompressResult::kCorrupt;
    bool frame_done = false;
    while (!frame_done) {
      const BoundedOutput::Span room = output->Room();
      ZSTD_outBuffer out = {room.data, room.size, 0};
      const size_t status = ZSTD_decompressStream(context, &out, &in);
      if (!output->Advance(out.pos)) return DecompressResult::kTooLarge;
      if (ZSTD_isError(status)) return DecompressResult::kCorrupt;
      frame_done = status == 0;
      // It stops for want of room, or else of the input's missing rest.
      if (!frame_done && out.pos < out.size) return DecompressResult::kCorrupt;
    }
  } while (in.pos < in.size);
  return DecompressResult::kOk;
}

class ZstdCompressor final : public Compressor {
 public:
  explicit ZstdCompressor(int level) : level_(std::clamp(level, 1, 22)) {}

  std::string_view name() const override { return "zstd"; }

  bool Compress(std::string_view bytes, std::string* out) const override {
    out->clear();
    CompressContext& context = ThreadCompressContext();
    ZSTD_CCtx* const ready = Begin(&context, level_);
    const size_t bound = ZSTD_compressBound(bytes.size());
    if (ready == nullptr || ZSTD_isError(bound)) return false;
    out->resize(bound);
    const size_t size = ZSTD_compress2(ready, out->data(), out->size(), bytes.data(), bytes.size());
    if (ZSTD_sizeof_CCtx(ready) > kMaxKeptBytes) context.reset();
    CutTo(ZSTD_isError(size) ? 0 : size, out);
    return !ZSTD_isError(size);
  }

  DecompressResult Decompress(std::string_view bytes, size_t max_bytes, std::string* out) const override {
    out->clear();
    DecompressContext& context = ThreadDecompressContext();
    ZSTD_DCtx* const ready = Begin(&context);
    if (ready == nullptr) return DecompressResult::kCorrupt;  // out of memory; no better answer for the peer
    BoundedOutput output(ExpectedSize(bytes, max_bytes), max_bytes, out);
    const DecompressResult result = output.Finish(DecompressFrames(bytes, ready, &output));
    if (ZSTD_sizeof_DCtx(ready) > kMaxKeptBytes) context.reset();
    return result;
  }

 private:
  const int level_;
};

}  // namespace

std::unique_ptr<Compressor> NewZstdCompressor(int level) {
  return std::make_unique<ZstdCompressor>(level);
}

}  // namespace connectrpc::codec
