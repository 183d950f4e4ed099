#include "conformance/compat_io.h"

#include <array>
#include <cstdint>
#include <string>

namespace connectrpc::conformance {
namespace {

constexpr size_t kPrefixBytes = 4;

}  // namespace

CompatRead ReadCompatMessage(std::istream& in, size_t max_bytes, google::protobuf::MessageLite* message) {
  std::array<char, kPrefixBytes> prefix;
  in.read(prefix.data(), kPrefixBytes);
  if (in.gcount() == 0) return CompatRead::kEnd;
  if (!in) return CompatRead::kBroken;

  uint32_t length = 0;
  for (const char byte : prefix) length = length << 8 | static_cast<unsigned char>(byte);
  if (length > max_bytes) return CompatRead::kBroken;

  std::string bytes(length, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(length));
  if (!in || !message->ParseFromString(bytes)) return CompatRead::kBroken;
  return CompatRead::kMessage;
}

bool WriteCompatMessage(const google::protobuf::MessageLite& message, std::ostream& out) {
  const std::string bytes = message.SerializeAsString();
  std::array<char, kPrefixBytes> prefix;
  for (size_t i = 0; i < kPrefixBytes; ++i) {
    prefix[i] = static_cast<char>(static_cast<uint32_t>(bytes.size()) >> (8 * (kPrefixBytes - 1 - i)));
  }
  out.write(prefix.data(), kPrefixBytes);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.flush();
  return out.good();
}

}  // namespace connectrpc::conformance
