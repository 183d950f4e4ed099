#include "client/message_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "client/messages.h"
#include "client_test_lite.pb.h"

namespace connectrpc::client {
namespace {

using test::kGarbage;
using test::Lite;
using test::MakePing;
using test::Ping;

TEST(MessageCodecTest, IsChosenByTheCallThenTheTransportThenProto) {
  const struct {
    const char* name;
    std::optional<std::string> option;
    std::optional<std::string> fallback;
    MessageCodec codec;
    const char* error;
  } cases[] = {
      {"neither", {}, {}, MessageCodec::kProto, ""},
      {"call", "json", {}, MessageCodec::kJson, ""},
      {"transport", {}, "json", MessageCodec::kJson, ""},
      {"both", "proto", "json", MessageCodec::kProto, ""},
      {"unknown", "xml", "json", MessageCodec::kProto, "unknown codec \"xml\""},
      {"unknown by default", {}, "xml\n", MessageCodec::kProto, "unknown codec \"xml\\x0a\""},
      {"case counts", "JSON", {}, MessageCodec::kProto, "unknown codec \"JSON\""},
      {"empty", "", {}, MessageCodec::kProto, "unknown codec \"\""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CallOptions options, defaults;
    options.codec = c.option;
    defaults.codec = c.fallback;
    MessageCodec codec;
    const Error error = ChooseCodec(options, defaults, &codec);
    EXPECT_EQ(error.message, c.error);
    EXPECT_EQ(error.code, *c.error == '\0' ? Code::kOk : Code::kInvalidArgument);
    EXPECT_EQ(codec, c.codec);
  }
}

TEST(MessageCodecTest, EncodesAndDecodes) {
  for (const MessageCodec codec : {MessageCodec::kProto, MessageCodec::kJson}) {
    Payload encoded;
    EXPECT_TRUE(EncodeMessage(codec, MakePing("text"), &encoded).ok());
    EXPECT_TRUE(encoded.owned());
    Ping decoded;
    EXPECT_TRUE(DecodeMessage(codec, encoded.view(), &decoded).ok());
    EXPECT_EQ(decoded.text(), "text");
  }
}

TEST(MessageCodecTest, ReplacesWhatTheMessageHeld) {
  Ping ping = MakePing("old");
  EXPECT_TRUE(DecodeMessage(MessageCodec::kProto, "", &ping).ok());
  EXPECT_EQ(ping.text(), "");
  ping = MakePing("old");
  EXPECT_TRUE(DecodeMessage(MessageCodec::kJson, "{}", &ping).ok());
  EXPECT_EQ(ping.text(), "");
}

TEST(MessageCodecTest, NamesTheTypeOfWhatItCannotDecode) {
  const struct {
    const char* name;
    MessageCodec codec;
    std::string bytes;
    std::string error;
  } cases[] = {
      {"binary garbage", MessageCodec::kProto, kGarbage, "cannot decode connectrpc.test.Ping: invalid bytes"},
      {"cut short", MessageCodec::kProto, "\x0a\x05xy", "cannot decode connectrpc.test.Ping: invalid bytes"},
      {"no JSON", MessageCodec::kJson, kGarbage, "cannot decode connectrpc.test.Ping: "},
      {"JSON of another type", MessageCodec::kJson, "[]", "cannot decode connectrpc.test.Ping: "},
      {"deep JSON", MessageCodec::kJson, "{\"no\":" + std::string(100, '['),
       "cannot decode connectrpc.test.Ping: JSON nested"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Ping ping;
    const Error error = DecodeMessage(c.codec, c.bytes, &ping);
    EXPECT_EQ(error.code, Code::kInternal);
    EXPECT_EQ(error.message.substr(0, c.error.size()), c.error);
  }
}

TEST(MessageCodecTest, RefusesMessagesWithoutTheirRequiredFields) {
  Payload encoded;
  Error error = EncodeMessage(MessageCodec::kProto, Lite(), &encoded);
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_EQ(error.message.find("cannot encode connectrpc.test.Lite: missing required fields"), 0u) << error.message;

  Lite lite;
  error = DecodeMessage(MessageCodec::kProto, "", &lite);
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_EQ(error.message.find("cannot decode connectrpc.test.Lite: missing required fields"), 0u) << error.message;
}

TEST(MessageCodecTest, HasNoJsonOfLiteMessages) {
  Lite lite;
  lite.set_text("x");
  Payload encoded;
  EXPECT_EQ(EncodeMessage(MessageCodec::kJson, lite, &encoded).code, Code::kInvalidArgument);
  EXPECT_EQ(DecodeMessage(MessageCodec::kJson, "{}", &lite).code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace connectrpc::client
