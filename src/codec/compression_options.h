#ifndef CONNECTRPC_SRC_CODEC_COMPRESSION_OPTIONS_H_
#define CONNECTRPC_SRC_CODEC_COMPRESSION_OPTIONS_H_

#include "absl/status/status.h"
#include "codec/compression.h"

namespace connectrpc::codec {

// Whether the options make sense; the message names the option: "compression.gzip_level must be ...".
absl::Status CheckCompressionOptions(const CompressionOptions& options);

// Adds what valid options ask for, in the order of `algorithms`, as far as the library was built with it; then the
// custom algorithms to which that list gives no place.
void AddCompressors(const CompressionOptions& options, CompressionRegistry* registry);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_COMPRESSION_OPTIONS_H_
