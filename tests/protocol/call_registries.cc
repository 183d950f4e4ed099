#include "protocol/call_registries.h"

namespace connectrpc::test {

CallRegistries::CallRegistries() {
  codecs.Add(codec::NewProtoCodec());
  codecs.Add(codec::NewJsonCodec({}));
  compressions.Add(codec::NewGzipCompressor(1));
}

}  // namespace connectrpc::test
