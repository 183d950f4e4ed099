// EnvelopeReader gives the same envelopes however its input is cut, and writing them again gives the input.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/envelope.h"

namespace {

using connectrpc::Payload;
using connectrpc::wire::AppendEnvelopeHeader;
using connectrpc::wire::DecodeStatus;
using connectrpc::wire::EnvelopeHeader;
using connectrpc::wire::EnvelopeReader;

void Check(bool condition) {
  if (!condition) std::abort();
}

// Reads `bytes` in pieces of the sizes that the bytes of `cuts` give, again and again, and writes what was read.
std::string Rewrite(std::string_view bytes, std::string_view cuts, bool* inside) {
  std::string written;
  EnvelopeReader reader;
  EnvelopeHeader header;
  bool in_payload = false;
  size_t piece_count = 0;
  do {
    const size_t size = cuts.empty() ? bytes.size() : static_cast<uint8_t>(cuts[piece_count % cuts.size()]) + size_t{1};
    ++piece_count;
    const std::string piece(bytes.substr(0, size));  // of its own, for the sanitizer
    bytes.remove_prefix(piece.size());
    std::string_view input = piece;
    while (true) {
      if (!in_payload && reader.ReadHeader(&input, &header) != DecodeStatus::kDone) break;
      in_payload = true;
      Payload payload;
      if (reader.ReadPayload(&input, &payload) != DecodeStatus::kDone) break;
      in_payload = false;
      Check(payload.size() == header.size);
      AppendEnvelopeHeader(header, &written);
      written.append(payload.view());
    }
    Check(input.empty());
  } while (!bytes.empty());
  *inside = reader.InsideEnvelope();
  return written;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view cuts = input.substr(0, std::min<size_t>(8, size));
  input.remove_prefix(cuts.size());

  bool inside = false;
  const std::string whole = Rewrite(input, "", &inside);
  Check(whole == input.substr(0, whole.size()));
  Check(inside == (whole.size() < input.size()));
  for (std::string_view way : {std::string_view("\0", 1), cuts}) {
    bool inside_again = false;
    Check(Rewrite(input, way, &inside_again) == whole);
    Check(inside_again == inside);
  }
  return 0;
}
