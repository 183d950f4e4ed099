#include <brotli/decode.h>
#include <brotli/encode.h>

#include <algorithm>

#include "codec/bounded_output.h"
#include "codec/compression.h"

namespace connectrpc::codec {
namespace {

struct DestroyDecoder {
  void operator()(BrotliDecoderState* decoder) const { BrotliDecoderDestroyInstance(decoder); }
};

// The smallest window that spans the message, since a receiver may have to set that much aside; none larger than the
// library's default.
int WindowBits(size_t size) {
  constexpr size_t kWindowGap = 16;  // RFC 7932 section 9.1: a window is a power of two less 16
  int bits = BROTLI_MIN_WINDOW_BITS;
  while (bits < BROTLI_DEFAULT_WINDOW && (size_t{1} << bits) - kWindowGap < size) ++bits;
  return bits;
}

DecompressResult DecompressStream(std::string_view bytes, BrotliDecoderState* decoder, BoundedOutput* output) {
  size_t bytes_left = bytes.size();
  const uint8_t* next_in = reinterpret_cast<const uint8_t*>(bytes.data());
  while (true) {
    const BoundedOutput::Span room = output->Room();
    size_t room_left = room.size;
    uint8_t* next_out = reinterpret_cast<uint8_t*>(room.data);
    const BrotliDecoderResult status =
        BrotliDecoderDecompressStream(decoder, &bytes_left, &next_in, &room_left, &next_out, nullptr);
    if (!output->Advance(room.size - room_left)) return DecompressResult::kTooLarge;
    if (status == BROTLI_DECODER_RESULT_SUCCESS) {
      return bytes_left == 0 ? DecompressResult::kOk : DecompressResult::kCorrupt;
    }
    const bool wants_room = status == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && room_left == 0;
    if (!wants_room) return DecompressResult::kCorrupt;
  }
}

// Neither encoder nor decoder can be used twice, so none is kept.
class BrotliCompressor final : public Compressor {
 public:
  explicit BrotliCompressor(int level) : level_(std::clamp(level, BROTLI_MIN_QUALITY, BROTLI_MAX_QUALITY)) {}

  std::string_view name() const override { return "br"; }

  bool Compress(std::string_view bytes, std::string* out) const override {
    out->clear();
    size_t size = BrotliEncoderMaxCompressedSize(bytes.size());
    if (size == 0) return false;  // the size overflows
    out->resize(size);
    const bool done = BrotliEncoderCompress(level_, WindowBits(bytes.size()), BROTLI_MODE_GENERIC, bytes.size(),
                                            reinterpret_cast<const uint8_t*>(bytes.data()), &size,
                                            reinterpret_cast<uint8_t*>(out->data())) == BROTLI_TRUE;
    CutTo(done ? size : 0, out);
    return done;
  }

  DecompressResult Decompress(std::string_view bytes, size_t max_bytes, std::string* out) const override {
    out->clear();
    const std::unique_ptr<BrotliDecoderState, DestroyDecoder> decoder(
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (decoder == nullptr) return DecompressResult::kCorrupt;  // out of memory; no better answer for the peer
    BoundedOutput output(4 * bytes.size(), max_bytes, out);
    return output.Finish(DecompressStream(bytes, decoder.get(), &output));
  }

 private:
  const int level_;
};

}  // namespace

std::unique_ptr<Compressor> NewBrotliCompressor(int level) {
  return std::make_unique<BrotliCompressor>(level);
}

}  // namespace connectrpc::codec
