#ifndef CONNECTRPC_SRC_CODEC_CRC32C_H_
#define CONNECTRPC_SRC_CODEC_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace connectrpc::codec {

// The Castagnoli CRC (RFC 3720 section 12.1), by the processor's instruction where it has one.
uint32_t Crc32c(std::string_view bytes);

// The same by tables.
uint32_t Crc32cByTables(std::string_view bytes);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_CRC32C_H_
