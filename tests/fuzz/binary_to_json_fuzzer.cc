// The check of binary messages agrees with protobuf's parser; what is written is JSON of bounded depth.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/binary_check.h"
#include "codec/codec.h"
#include "codec/json_reader.h"
#include "codec/message_depth.h"
#include "codec/protobuf_version.h"
#include "codec_test.pb.h"
#include "fuzz/protobuf_log.h"

namespace {

using connectrpc::codec::CheckBinary;
using connectrpc::codec::Codec;
using connectrpc::codec::IsUtf8;
using connectrpc::codec::JsonReader;
using connectrpc::codec::kMaxMessageDepth;
using connectrpc::codec::NewJsonCodec;
using connectrpc::codectest::v1::Everything;
using connectrpc::codectest::v1::Plain;

void Check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  connectrpc::test::AbortOnProtobufFailure();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Codec* const codec = NewJsonCodec({}).release();
  const std::string input(reinterpret_cast<const char*>(data), size);
  std::string error;
  // The two agree both ways.
  Check(CheckBinary(*Plain::descriptor(), input, &error) == Plain().ParseFromString(input));

  const auto& type = *Everything::descriptor();
  std::string json;
  if (!codec->FromBinary(type, input, &json, &error)) {
    Check(!error.empty() && json.empty());
    return 0;
  }
  Check(IsUtf8(json));
  JsonReader reader(json, 2 * kMaxMessageDepth);
  Check(reader.SkipValue() && reader.ReadEnd());
  return 0;
}
