// One message, on the wire and in the JSON of either writer, is the same to either reader.
#include <google/protobuf/util/json_util.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "codec/codec.h"
#include "codec_test.pb.h"
#include "fuzz/protobuf_log.h"

namespace {

using connectrpc::codec::Codec;
using connectrpc::codec::JsonOptions;
using connectrpc::codec::NewJsonCodec;
using connectrpc::codectest::v1::Plain;

void Check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  connectrpc::test::AbortOnProtobufFailure();
  return 0;
}

// The input is a message on the wire: JSON texts that both writers make of it are read by both readers. Plain has every
// kind of field but those with a JSON form of their own, whose texts protobuf does not always take back.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Codec* const codec = [] {
    JsonOptions options;
    options.max_depth = 1000;  // a list and an object for each message
    return NewJsonCodec(options).release();
  }();
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto& type = *Plain::descriptor();
  Plain message;
  std::string ours;
  std::string error;
  if (!message.ParseFromString(input)) return 0;
  Check(codec->FromBinary(type, input, &ours, &error));

  message.DiscardUnknownFields();
  std::string binary;
  Plain read;
  Check(codec->ToBinary(type, ours, &binary, &error) && read.ParseFromString(binary));
  Check(read.ByteSizeLong() == message.ByteSizeLong());

  std::string theirs;
  // protobuf writes no more than 64 levels.
  if (!google::protobuf::util::MessageToJsonString(message, &theirs).ok()) return 0;
  Check(codec->ToBinary(type, theirs, &binary, &error) && read.ParseFromString(binary));
  Check(read.ByteSizeLong() == message.ByteSizeLong());
  Check(google::protobuf::util::JsonStringToMessage(ours, &read).ok());
  Check(read.ByteSizeLong() == message.ByteSizeLong());
  return 0;
}
