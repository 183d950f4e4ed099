// Our JSON against protobuf's own, on messages that chance makes: whatever protobuf writes we read, whatever we write
// protobuf reads, and it is always the same message.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "codec/codec.h"
#include "codec_test.pb.h"
#include "json_kinds.pb.h"
#include "json_old.pb.h"
#include "support/json_filler.h"
#include "support/random_message.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Message;
using test::Deterministic;
using test::JsonFiller;

class JsonDifferenceTest : public testing::TestWithParam<const Message*> {
 protected:
  static bool HasGroups() { return GetParam() == &codectest::v1::Old::default_instance(); }

  // By which messages are compared: bytes of an Any differ in what is packed, and in zeros that are written or not.
  std::string Text(const Message& message) {
    std::string json;
    std::string error;
    EXPECT_TRUE(NewJsonCodec({})->FromBinary(*message.GetDescriptor(), Deterministic(message), &json, &error)) << error;
    return json;
  }

  // What our reader makes of a text, as protobuf's parser has it.
  std::string Read(const Codec& codec, const std::string& json) {
    std::string binary;
    std::string error;
    EXPECT_TRUE(codec.ToBinary(*GetParam()->GetDescriptor(), json, &binary, &error)) << error << "\n" << json;
    const std::unique_ptr<Message> message(GetParam()->New());
    EXPECT_TRUE(message->ParseFromString(binary)) << json;
    return Text(*message);
  }
};

TEST_P(JsonDifferenceTest, TheSameMessageBothWays) {
  const auto codec = NewJsonCodec({});
  JsonOptions options;
  options.preserve_field_names = options.enums_as_numbers = options.print_default_values = true;
  const auto verbose = NewJsonCodec(options);
  for (uint32_t seed = 0; seed < 400; ++seed) {
    // Through the wire format, so that a map has each key once.
    const std::unique_ptr<Message> message(GetParam()->New());
    JsonFiller(seed, codectest::v1::Kinds::default_instance()).Fill(message.get(), 0);
    ASSERT_TRUE(message->ParseFromString(Deterministic(*message)));
    const std::string binary = Deterministic(*message);
    const std::string expected = Text(*message);
    std::string json;
    std::string error;
    ASSERT_EQ(Read(*codec, expected), expected) << seed;
    ASSERT_TRUE(verbose->FromBinary(*message->GetDescriptor(), binary, &json, &error)) << seed << ": " << error;
    std::string reread;
    ASSERT_TRUE(verbose->ToBinary(*message->GetDescriptor(), json, &reread, &error)) << seed << ": " << error;
    std::string again;
    ASSERT_TRUE(verbose->FromBinary(*message->GetDescriptor(), reread, &again, &error)) << seed << ": " << error;
    ASSERT_EQ(again, json) << seed;
    if (HasGroups()) continue;

    const std::unique_ptr<Message> read(GetParam()->New());
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(expected, read.get()).ok()) << seed << "\n" << expected;
    ASSERT_EQ(Text(*read), expected) << seed;
    json.clear();
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &json).ok()) << seed;
    ASSERT_EQ(Read(*codec, json), expected) << seed << "\n" << json;
  }
}

INSTANTIATE_TEST_SUITE_P(Messages, JsonDifferenceTest,
                         testing::Values(&codectest::v1::Kinds::default_instance(),
                                         &codectest::v1::Everything::default_instance(),
                                         &codectest::v1::Old::default_instance()),
                         [](const auto& info) { return std::string(info.param->GetDescriptor()->name()); });

// Written in pieces and out of order, a message is what protobuf's parser makes of it.
TEST_P(JsonDifferenceTest, MessagesInPieces) {
  const auto codec = NewJsonCodec({});
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::string pieces;
    for (uint32_t i = 0; i < 3; ++i) {
      const std::unique_ptr<Message> piece(GetParam()->New());
      JsonFiller(seed * 3 + i, codectest::v1::Kinds::default_instance()).Fill(piece.get(), 1);
      pieces += Deterministic(*piece);
    }
    const std::unique_ptr<Message> message(GetParam()->New());
    ASSERT_TRUE(message->ParseFromString(pieces));
    std::string whole;
    std::string scattered;
    std::string error;
    const bool ok = codec->FromBinary(*message->GetDescriptor(), Deterministic(*message), &whole, &error);
    ASSERT_EQ(codec->FromBinary(*message->GetDescriptor(), pieces, &scattered, &error), ok) << seed << ": " << error;
    if (!ok) continue;  // pieces of times do not always make a time
    ASSERT_EQ(Read(*codec, scattered), Read(*codec, whole)) << seed << "\n" << scattered << "\n" << whole;
  }
}

}  // namespace
}  // namespace connectrpc::codec
