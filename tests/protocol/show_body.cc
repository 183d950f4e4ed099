#include "protocol/show_body.h"

#include <cstdio>

#include "protocol/transcript.h"
#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

using protocol::Show;

constexpr size_t kMaxMessageBytes = 16 * 1024 * 1024;

}  // namespace

std::string Line(std::string what, const std::string& text) {
  if (!text.empty()) what += " " + text;
  return what + "\n";
}

std::string ShowGzip(std::string_view bytes, const CallRegistries& registries) {
  std::string message;
  const Compressor* gzip = registries.compressions.Find("gzip");
  if (gzip->Decompress(bytes, kMaxMessageBytes, &message) != DecompressResult::kOk) return "not gzip";
  return "gzip of " + Show(message);
}

std::string ShowEnvelopes(std::string_view bytes, const CallRegistries& registries) {
  std::string out;
  wire::EnvelopeReader reader;
  wire::EnvelopeHeader header;
  while (!bytes.empty()) {
    Payload payload;
    if (reader.ReadHeader(&bytes, &header) != wire::DecodeStatus::kDone ||
        reader.ReadPayload(&bytes, &payload) != wire::DecodeStatus::kDone) {
      return out + "cut off\n";
    }
    char flags[8];
    std::snprintf(flags, sizeof(flags), "[%02x]", header.flags);
    const bool compressed = (header.flags & 1) != 0;
    out += Line(flags, compressed ? ShowGzip(payload.view(), registries) : Show(payload.view()));
  }
  return out;
}

}  // namespace connectrpc::test
