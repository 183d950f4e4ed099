#include "client/message_codec.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "client/messages.h"
#include "client_test_lite.pb.h"
#include "client_test_lite.view.pb.h"

namespace connectrpc::client {
namespace {

using test::kGarbage;
using test::Lite;
using test::LiteView;
using test::MakePing;
using test::OwnedPong;
using test::Ping;
using test::PongBytes;

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

// `bytes`, and whether they have been let go.
struct Lent {
  Payload Lend() {
    return Payload::Adopt(
        bytes, [](void* lent) { static_cast<Lent*>(lent)->returned = true; }, this);
  }

  std::string bytes;
  bool returned = false;
};

TEST(DecodeResponse, TakesOwnedBytesOver) {
  Lent lent{PongBytes("text")};
  {
    Payload payload = lent.Lend();
    OwnedPong pong;
    ASSERT_TRUE(DecodeResponse(MessageCodec::kProto, &payload, &pong).ok());
    EXPECT_EQ(pong.bytes().data(), lent.bytes.data());
    EXPECT_FALSE(lent.returned);
  }
  EXPECT_TRUE(lent.returned);
}

TEST(DecodeResponse, CopiesBorrowedBytes) {
  for (const MessageCodec codec : {MessageCodec::kProto, MessageCodec::kJson}) {
    auto bytes =
        std::make_unique<std::string>(codec == MessageCodec::kProto ? PongBytes("text") : R"({"text":"text"})");
    Payload borrowed = Payload::Borrow(*bytes);
    OwnedPong pong;
    ASSERT_TRUE(DecodeResponse(codec, &borrowed, &pong).ok());
    bytes.reset();
    EXPECT_EQ(pong->text(), "text");
  }
}

TEST(DecodeResponse, OfAKeptPayloadSharesIt) {
  Lent lent{PongBytes("text")};
  {
    Payload kept = lent.Lend();
    OwnedPong first, second;
    ASSERT_TRUE(DecodeKeptResponse(MessageCodec::kProto, &kept, &first).ok());
    EXPECT_EQ(kept.size(), lent.bytes.size());
    ASSERT_TRUE(DecodeKeptResponse(MessageCodec::kProto, &kept, &second).ok());
    kept = Payload();
    ClearResponse(&first);
    EXPECT_EQ(first->text(), "");
    EXPECT_EQ(second->text(), "text");
    EXPECT_EQ(second.bytes().data(), lent.bytes.data());
    EXPECT_FALSE(lent.returned);
  }
  EXPECT_TRUE(lent.returned);

  Payload kept = Payload::Own(PongBytes("text"));
  test::Pong message;
  for (int i = 0; i < 2; ++i) {
    message.Clear();
    ASSERT_TRUE(DecodeKeptResponse(MessageCodec::kProto, &kept, &message).ok());
    EXPECT_EQ(message.text(), "text");
  }
}

std::string Unknown(size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes.append("\x78\x01");  // field 15
  return bytes;
}

TEST(DecodeResponse, SaysWhatIsWrongWithAView) {
  const struct {
    const char* name;
    MessageCodec codec;
    std::string bytes;
    Code code;
    std::string error;
  } cases[] = {
      {"fine", MessageCodec::kProto, PongBytes("x"), Code::kOk, ""},
      {"cut short", MessageCodec::kProto, "\x0a\x05xy", Code::kInternal,
       "cannot decode connectrpc.test.Pong: connectrpc.test.Pong.text is cut short, at byte "},
      {"no UTF-8", MessageCodec::kProto, "\x0a\x02x\xff", Code::kInternal,
       "cannot decode connectrpc.test.Pong: connectrpc.test.Pong.text is not UTF-8, at byte "},
      {"no JSON", MessageCodec::kJson, kGarbage, Code::kInternal, "cannot decode connectrpc.test.Pong: "},
      {"JSON of another type", MessageCodec::kJson, "[]", Code::kInternal, "cannot decode connectrpc.test.Pong: "},
      {"all unknown fields that may be", MessageCodec::kProto, Unknown(1'000'000), Code::kOk, ""},
      {"one unknown field more", MessageCodec::kProto, Unknown(1'000'001), Code::kResourceExhausted,
       "cannot decode connectrpc.test.Pong: connectrpc.test.Pong has more unknown fields than max_unknown_fields, at"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Payload borrowed = Payload::Borrow(c.bytes);
    OwnedPong pong;
    const Error error = DecodeResponse(c.codec, &borrowed, &pong);
    EXPECT_EQ(error.code, c.code);
    EXPECT_EQ(error.message.substr(0, c.error.size()), c.error);
    EXPECT_EQ(pong.bytes().empty(), c.code != Code::kOk);
  }
  Payload empty;
  OwnedView<LiteView> lite;
  const Error error = DecodeResponse(MessageCodec::kProto, &empty, &lite);
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_EQ(error.message,
            "cannot decode connectrpc.test.Lite: connectrpc.test.Lite.text is required and missing, at byte 0");
}

}  // namespace
}  // namespace connectrpc::client
