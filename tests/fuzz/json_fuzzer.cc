// JSON that was written is read as the message that it was written from; what lies too deep is refused; errors are one
// printable line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "codec/codec.h"
#include "codec_test.pb.h"
#include "fuzz/protobuf_log.h"

namespace {

using connectrpc::codec::Codec;
using connectrpc::codec::NewJsonCodec;
using connectrpc::codectest::v1::Everything;

constexpr int kMaxDepth = 100;

void Check(bool condition) {
  if (!condition) std::abort();
}

// Of brackets outside strings, in what is JSON.
int Depth(std::string_view json) {
  int depth = 0;
  int deepest = 0;
  char quote = 0;
  bool escaped = false;
  for (char c : json) {
    if (quote != 0) {
      if (!escaped && c == quote) quote = 0;
      escaped = !escaped && c == '\\';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      depth = std::max(0, depth - 1);
    }
  }
  return deepest;
}

void CheckError(const std::string& error) {
  Check(!error.empty() && error.size() <= 600);
  for (char c : error) Check(c >= 0x20 && c <= 0x7e);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  connectrpc::test::AbortOnProtobufFailure();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Codec* const codec = [] {
    connectrpc::codec::JsonOptions options;
    options.max_depth = kMaxDepth;
    return NewJsonCodec(options).release();
  }();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string binary;
  std::string error;
  for (const google::protobuf::Descriptor* root :
       {google::protobuf::Any::descriptor(), google::protobuf::Value::descriptor(),
        google::protobuf::FieldMask::descriptor(), google::protobuf::Duration::descriptor()}) {
    if (!codec->ToBinary(*root, input, &binary, &error)) CheckError(error);
  }

  const auto& type = *Everything::descriptor();
  if (!codec->ToBinary(type, input, &binary, &error)) {
    CheckError(error);
    return 0;
  }
  Check(Depth(input) <= kMaxDepth);
  Check(Everything().ParseFromString(binary));
  std::string json;
  Check(codec->FromBinary(type, binary, &json, &error));
  // It may have been in other words; from now on it is stable. A list of one may have come without its brackets.
  if (!codec->ToBinary(type, json, &binary, &error)) {
    Check(Depth(json) > kMaxDepth);
    return 0;
  }
  std::string again;
  Check(codec->FromBinary(type, binary, &again, &error) && again == json);
  Check(codec->ToBinary(type, json, &again, &error) && again == binary);
  return 0;
}
