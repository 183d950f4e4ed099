#include <snappy.h>

#include <algorithm>

#include "codec/bounded_output.h"
#include "codec/compression.h"
#include "codec/crc32c.h"

// Section numbers are those of framing_format.txt in google/snappy.
namespace connectrpc::codec {
namespace {

// Section 4. Types below 0x80 that are not here are unknown and must not be skipped; those from there on may be.
enum ChunkType : unsigned char {
  kCompressed = 0x00,
  kUncompressed = 0x01,
  kCompressedUnchecked = 0x02,
  kUncompressedUnchecked = 0x03,
  kFirstSkippable = 0x80,  // padding among them
  kStreamIdentifier = 0xff,
};

constexpr size_t kHeaderBytes = 4;  // a type, and a length in three bytes
constexpr size_t kChecksumBytes = 4;
constexpr size_t kMaxChunkData = 65536;  // uncompressed (section 4.2)
constexpr std::string_view kIdentifierData = "sNaPpY";

// Section 3: a checksum of bytes that hold a checksum is not reliable, hence the mask.
uint32_t MaskedChecksum(std::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8;
}

void WriteLittleEndian(uint32_t value, size_t bytes, char* to) {
  for (size_t i = 0; i < bytes; ++i) to[i] = static_cast<char>(value >> (8 * i));
}

uint32_t ReadLittleEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void WriteHeader(ChunkType type, size_t size, char* to) {
  to[0] = static_cast<char>(type);
  WriteLittleEndian(static_cast<uint32_t>(size), kHeaderBytes - 1, to + 1);
}

// Writes the chunk for at most 64 KiB and returns its size.
size_t WriteChunk(std::string_view data, char* to) {
  char* const body = to + kHeaderBytes + kChecksumBytes;
  size_t size;
  snappy::RawCompress(data.data(), data.size(), body, &size);
  ChunkType type = kCompressed;
  // Less than an eighth saved is not worth the receiver's work.
  if (size >= data.size() - data.size() / 8) {
    type = kUncompressed;
    size = data.copy(body, data.size());
  }
  WriteHeader(type, kChecksumBytes + size, to);
  WriteLittleEndian(MaskedChecksum(data), kChecksumBytes, to + kHeaderBytes);
  return kHeaderBytes + kChecksumBytes + size;
}

// Takes `bytes` off `*input`; false where it is shorter.
bool Take(size_t bytes, std::string_view* input, std::string_view* taken) {
  if (input->size() < bytes) return false;
  *taken = input->substr(0, bytes);
  input->remove_prefix(bytes);
  return true;
}

// The data of a chunk, compressed or not, with or without a checksum before it.
DecompressResult ReadData(ChunkType type, std::string_view chunk, BoundedOutput* output) {
  const bool checked = type == kCompressed || type == kUncompressed;
  const bool compressed = type == kCompressed || type == kCompressedUnchecked;
  std::string_view checksum;
  if (checked && !Take(kChecksumBytes, &chunk, &checksum)) return DecompressResult::kCorrupt;

  size_t size = chunk.size();
  if (compressed && !snappy::GetUncompressedLength(chunk.data(), chunk.size(), &size)) {
    return DecompressResult::kCorrupt;
  }
  if (size > kMaxChunkData) return DecompressResult::kCorrupt;
  char* const data = output->RoomFor(size).data;
  if (data == nullptr) return DecompressResult::kTooLarge;
  if (!compressed) {
    chunk.copy(data, size);
  } else if (!snappy::RawUncompress(chunk.data(), chunk.size(), data)) {
    return DecompressResult::kCorrupt;
  }
  if (checked && ReadLittleEndian(checksum) != MaskedChecksum({data, size})) return DecompressResult::kCorrupt;
  return output->Advance(size) ? DecompressResult::kOk : DecompressResult::kTooLarge;
}

DecompressResult DecompressChunks(std::string_view input, BoundedOutput* output) {
  bool first = true;
  do {
    std::string_view header;
    std::string_view chunk;
    if (!Take(kHeaderBytes, &input, &header)) return DecompressResult::kCorrupt;
    if (!Take(ReadLittleEndian(header.substr(1)), &input, &chunk)) return DecompressResult::kCorrupt;
    const ChunkType type = static_cast<ChunkType>(header[0]);
    // Where one stream ends and another follows, the identifier comes again (section 4.1).
    if (type == kStreamIdentifier) {
      if (chunk != kIdentifierData) return DecompressResult::kCorrupt;
    } else if (first) {
      return DecompressResult::kCorrupt;
    } else if (type <= kUncompressedUnchecked) {
      const DecompressResult result = ReadData(type, chunk, output);
      if (result != DecompressResult::kOk) return result;
    } else if (type < kFirstSkippable) {
      return DecompressResult::kCorrupt;
    }
    first = false;
  } while (!input.empty());
  return DecompressResult::kOk;
}

class SnappyCompressor final : public Compressor {
 public:
  std::string_view name() const override { return "snappy"; }

  bool Compress(std::string_view bytes, std::string* out) const override {
    const size_t chunks = bytes.size() / kMaxChunkData + 1;
    out->clear();
    out->resize(kHeaderBytes + kIdentifierData.size() + chunks * (kHeaderBytes + kChecksumBytes) +
                (chunks - 1) * snappy::MaxCompressedLength(kMaxChunkData) +
                snappy::MaxCompressedLength(bytes.size() % kMaxChunkData));
    WriteHeader(kStreamIdentifier, kIdentifierData.size(), out->data());
    size_t size = kHeaderBytes + kIdentifierData.copy(out->data() + kHeaderBytes, kIdentifierData.size());
    while (!bytes.empty()) {
      const std::string_view data = bytes.substr(0, kMaxChunkData);
      size += WriteChunk(data, out->data() + size);
      bytes.remove_prefix(data.size());
    }
    CutTo(size, out);
    return true;
  }

  DecompressResult Decompress(std::string_view bytes, size_t max_bytes, std::string* out) const override {
    BoundedOutput output(2 * bytes.size(), max_bytes, out);
    return output.Finish(DecompressChunks(bytes, &output));
  }
};

}  // namespace

std::unique_ptr<Compressor> NewSnappyCompressor() {
  return std::make_unique<SnappyCompressor>();
}

}  // namespace connectrpc::codec
