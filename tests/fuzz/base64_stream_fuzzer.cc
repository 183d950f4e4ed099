// StreamingBase64Decoder gives the same however its input is cut, agrees with DecodeBase64 on what is one text, and
// reads back what Base64Writer makes of any bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/base64.h"
#include "wire/base64_stream.h"

namespace {

using connectrpc::wire::Base64Writer;
using connectrpc::wire::OutputQueue;
using connectrpc::wire::StreamingBase64Decoder;

void Check(bool condition) {
  if (!condition) std::abort();
}

// The first `size` bytes, or as many as there are, in memory of their own, for the sanitizer.
std::string TakePiece(std::string_view* bytes, size_t size) {
  std::string piece(bytes->substr(0, size));
  piece.shrink_to_fit();
  bytes->remove_prefix(piece.size());
  return piece;
}

size_t SizeAt(std::string_view sizes, size_t i) {
  return static_cast<unsigned char>(sizes[i % sizes.size()]) % 16 + size_t{1};
}

struct Result {
  std::string bytes;
  bool good = true;
  bool complete = true;
};

Result Decode(std::string_view text, std::string_view sizes) {
  Result result;
  StreamingBase64Decoder decoder;
  for (size_t i = 0; !text.empty(); ++i) {
    const std::string piece = TakePiece(&text, SizeAt(sizes, i));
    const bool good = decoder.Decode(piece, &result.bytes);
    Check(result.good || !good);
    result.good = good;
  }
  result.complete = decoder.complete();
  Check(result.good || !result.complete);
  return result;
}

void CheckDecoder(std::string_view text, std::string_view sizes) {
  Result whole;
  StreamingBase64Decoder decoder;
  whole.good = decoder.Decode(text, &whole.bytes);
  whole.complete = decoder.complete();
  Check(whole.bytes.size() <= text.size() * 3 / 4);
  for (std::string_view way : {std::string_view("\0", 1), sizes}) {
    const Result cut = Decode(text, way);
    Check(cut.bytes == whole.bytes && cut.good == whole.good && cut.complete == whole.complete);
  }
  std::string one_text;
  const bool is_one_text = connectrpc::wire::DecodeBase64(text, &one_text);
  if (is_one_text) Check(whole.complete && whole.bytes == one_text);
  if (text.find('=') == std::string_view::npos) Check(whole.complete == is_one_text);
}

void CheckWriter(std::string_view bytes, std::string_view sizes) {
  OutputQueue queue;
  Base64Writer writer(&queue);
  std::string_view rest = bytes;
  for (size_t i = 0; !rest.empty(); ++i) {
    writer.Write(TakePiece(&rest, SizeAt(sizes, i) * 8));
    if (i % 3 == 2) writer.Finish();
  }
  writer.Finish();
  Check(queue.size() % 4 == 0);
  StreamingBase64Decoder decoder;
  std::string decoded;
  while (!queue.empty()) {
    std::string_view piece;
    queue.Peek(&piece, 1);
    Check(decoder.Decode(piece, &decoded));
    queue.Consume(piece.size());
  }
  Check(decoder.complete());
  Check(decoded == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (size < 4) return 0;
  const std::string_view sizes = input.substr(0, 4);
  input.remove_prefix(4);
  CheckDecoder(input, sizes);
  CheckWriter(input, sizes);
  return 0;
}
