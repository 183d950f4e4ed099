// The JSON of a view, of its bytes as they came, and of what protobuf's parser makes of them, is that of one message.
// The first byte says of which type.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "codec/codec.h"
#include "connectrpc/view_json.h"
#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "fuzz/protobuf_log.h"
#include "support/random_message.h"

namespace {

using connectrpc::codec::Codec;

void Check(bool condition) {
  if (!condition) std::abort();
}

const Codec& Reader() {
  static const Codec* const codec = [] {
    connectrpc::codec::JsonOptions options;
    options.max_depth = 1000;  // a list and an object for each message
    return NewJsonCodec(options).release();
  }();
  return *codec;
}

// The message that a text stands for, by which texts are compared: entries of maps have no order.
template <class Message>
std::string Meaning(const std::string& json) {
  std::string binary;
  std::string error;
  Check(Reader().ToBinary(*Message::descriptor(), json, &binary, &error));
  Message message;
  Check(message.ParsePartialFromString(binary));
  return connectrpc::test::Deterministic(message);
}

template <class View>
void Compare(std::string_view bytes) {
  using Message = typename View::Message;
  static const auto* const writer = new connectrpc::ViewJson();
  Message message;
  connectrpc::OwnedView<View> view;
  if (!view.Parse(connectrpc::Payload::Borrow(bytes))) return;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;  // views_fuzzer tells
  std::string of_message;
  std::string of_view;
  std::string of_bytes;
  std::string error;
  const bool has_json =
      Reader().FromBinary(*Message::descriptor(), connectrpc::test::Deterministic(message), &of_message, &error);
  Check(writer->Write(*view, &of_view).ok() == has_json);
  Check(writer->Write(view, &of_bytes).ok() == has_json);
  if (!has_json) return;
  const std::string expected = Meaning<Message>(of_message);
  Check(Meaning<Message>(of_view) == expected);
  Check(Meaning<Message>(of_bytes) == expected);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  connectrpc::test::AbortOnProtobufFailure();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    Compare<views::test::Everything3View>(bytes);
  } else {
    Compare<views::test::Everything2View>(bytes);
  }
  return 0;
}
