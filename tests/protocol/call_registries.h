#ifndef CONNECTRPC_TESTS_PROTOCOL_CALL_REGISTRIES_H_
#define CONNECTRPC_TESTS_PROTOCOL_CALL_REGISTRIES_H_

#include "codec/codec.h"
#include "codec/compression.h"

namespace connectrpc::test {

// The codecs proto and json, and gzip: what the calls of tests know.
struct CallRegistries {
  CallRegistries();

  codec::CodecRegistry codecs;
  codec::CompressionRegistry compressions;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_CALL_REGISTRIES_H_
