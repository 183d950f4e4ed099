// One message, on the wire and in the JSON of either writer, is the same to either reader.
#include <google/protobuf/util/json_util.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "codec/codec.h"
#include "codec/protobuf_version.h"
#include "codec_test.pb.h"
#include "fuzz/protobuf_log.h"

namespace {

using connectrpc::codec::Codec;
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
  static const Codec* const codec = NewJsonCodec({}).release();
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto& type = *Plain::descriptor();
  Plain message;
  std::string ours;
  std::string error;
  const bool written = codec->FromBinary(type, input, &ours, &error);
  Check(written == message.ParseFromString(input));
  if (!written) return 0;

  std::string binary;
  std::string again;
  Check(codec->ToBinary(type, ours, &binary, &error));
  Check(codec->FromBinary(type, binary, &again, &error) && again == ours);

  std::string theirs;
  if (!google::protobuf::util::MessageToJsonString(message, &theirs).ok()) return 0;  // nested deeper than 64
  Plain from_theirs;
  Check(codec->ToBinary(type, theirs, &binary, &error) && from_theirs.ParseFromString(binary));
  Plain from_ours;
  Check(google::protobuf::util::JsonStringToMessage(connectrpc::codec::ToProtobuf(ours), &from_ours).ok());
  Check(from_ours.ByteSizeLong() == from_theirs.ByteSizeLong());
  return 0;
}
