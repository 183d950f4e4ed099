// Calls whose responses are views. What they have in common with calls whose responses are messages is tested there.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "client/messages.h"
#include "client/methods.h"
#include "client/scripted_transport.h"
#include "client_test_lite.view.pb.h"
#include "connectrpc/client.h"

namespace connectrpc::test {
namespace {

using Texts = std::vector<std::string>;
using TransportPtr = std::shared_ptr<ScriptedTransport>;

// More than a string keeps inside itself.
const std::string kLong(1000, 'x');

TransportPtr Scripted(Script script) {
  return std::make_shared<ScriptedTransport>(std::move(script));
}

CallOptions Codec(const char* name) {
  CallOptions options;
  options.codec = name;
  return options;
}

// What reads views out of a result that nothing else holds does not compile.
template <class Handle, class = void>
constexpr bool kReadsThrough = false;
template <class Handle>
constexpr bool kReadsThrough<Handle, std::void_t<decltype((*std::declval<Handle>())->text())>> = true;
static_assert(kReadsThrough<Result<OwnedPong>&> && kReadsThrough<const Result<OwnedPong>&>);
static_assert(!kReadsThrough<Result<OwnedPong>>);

// The forms of each call, which have to agree: blocking, and with callbacks.

Result<OwnedPong> Unary(const TransportPtr& transport, bool blocking, const CallOptions& options) {
  if (blocking) return CallUnary<Ping, OwnedPong>(*transport, kUnary, MakePing("ping"), options);
  std::optional<Result<OwnedPong>> result;
  CallUnary<Ping, OwnedPong>(transport, kUnary, MakePing("ping"), options,
                             [&](Result<OwnedPong> r) { result.emplace(std::move(r)); });
  transport->PlayAll();
  return result ? std::move(*result) : Result<OwnedPong>(Error(Code::kUnknown, "never called"));
}

Result<OwnedPong> Upload(const TransportPtr& transport, bool blocking, const CallOptions& options) {
  auto writer = StartClientStream<Ping, OwnedPong>(transport, kClientStream, options);
  if (blocking) return writer.Finish();
  std::optional<Result<OwnedPong>> result;
  writer.Finish([&](Result<OwnedPong> r) { result.emplace(std::move(r)); });
  transport->PlayAll();
  return result ? std::move(*result) : Result<OwnedPong>(Error(Code::kUnknown, "never called"));
}

template <class Stream>
bool ReadOne(Stream* stream, const TransportPtr& transport, bool blocking, OwnedPong* pong) {
  if (blocking) return stream->Read(pong);
  std::optional<bool> read;
  stream->Read(pong, [&](bool r) { read = r; });
  while (!read && transport->Play()) {
  }
  return read.value_or(false);
}

// All messages, each moved to where it is kept.
template <class Stream>
std::vector<OwnedPong> ReadAll(Stream* stream, const TransportPtr& transport, bool blocking) {
  std::vector<OwnedPong> pongs;
  for (OwnedPong pong; ReadOne(stream, transport, blocking, &pong);) pongs.push_back(std::move(pong));
  return pongs;
}

std::string Json(const std::string& text) {
  return "{\"text\":\"" + text + "\",\"unknown\":[1]}";
}

struct Form {
  const char* name;
  bool blocking;
  const char* codec;
  std::string (*encode)(const std::string& text);
};

class ResponseViewsTest : public testing::TestWithParam<Form> {
 protected:
  static std::string Encoded(const std::string& text) { return GetParam().encode(text); }

  const bool blocking_ = GetParam().blocking;
  const CallOptions options_ = Codec(GetParam().codec);
};
INSTANTIATE_TEST_SUITE_P(Forms, ResponseViewsTest,
                         testing::Values(Form{"Blocking", true, "proto", PongBytes},
                                         Form{"BlockingJson", true, "json", Json},
                                         Form{"Callback", false, "proto", PongBytes},
                                         Form{"CallbackJson", false, "json", Json}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ResponseViewsTest, OfUnaryCallsOutliveTheCall) {
  for (const std::string& text : {std::string("pong"), kLong}) {
    auto transport =
        Scripted({Event::Headers(Headers("h", "1")), Event::Message(Encoded(text)), Event::End({}, Headers("t", "2"))});
    std::optional<Result<OwnedPong>> result = Unary(transport, blocking_, options_);
    ASSERT_TRUE(result->ok()) << result->error().message;
    transport.reset();
    EXPECT_EQ((**result)->text(), text);
    EXPECT_EQ(result->headers().Find("h"), "1");
    EXPECT_EQ(result->trailers().Find("t"), "2");
    const std::string_view kept = (**result)->text();
    const OwnedPong pong = **std::move(result);
    result.reset();
    EXPECT_EQ(pong->text(), text);
    EXPECT_EQ(kept.data(), pong->text().data()) << "moving moves no bytes";
    EXPECT_EQ(pong.bytes(), PongBytes(text));
  }
}

TEST_P(ResponseViewsTest, OfClientStreamsMayBeAskedForAgain) {
  for (const std::string& text : {std::string("pong"), kLong}) {
    const auto transport = Scripted({Event::Headers(), Event::Message(Encoded(text)), Event::End()});
    std::optional<ClientWriter<Ping, OwnedPong>> writer =
        StartClientStream<Ping, OwnedPong>(transport, kClientStream, options_);
    const Result<OwnedPong> first = writer->Finish();
    const Result<OwnedPong> second = writer->Finish();
    writer.reset();
    ASSERT_TRUE(first.ok() && second.ok()) << first.error().message << second.error().message;
    EXPECT_EQ((*first)->text(), text);
    EXPECT_EQ((*second)->text(), text);
  }
  const auto transport = Scripted({Event::Message(Encoded("pong")), Event::End()});
  const Result<OwnedPong> result = Upload(transport, blocking_, options_);
  EXPECT_EQ((*result)->text(), "pong");
}

TEST_P(ResponseViewsTest, OfStreamsOwnTheirBytes) {
  const Texts texts = {"a", kLong, "", "b"};
  Script script = {Event::Headers(Headers("h", "1"))};
  for (const std::string& text : texts) script.push_back(Event::Message(Encoded(text)));
  script.push_back(Event::End({}, Headers("t", "2")));

  const auto check = [&](auto stream, TransportPtr transport) {
    const std::vector<OwnedPong> pongs = ReadAll(&stream, transport, blocking_);
    EXPECT_TRUE(stream.Finish().ok());
    EXPECT_EQ(stream.trailers().Find("t"), "2");
    stream = {};
    transport.reset();
    ASSERT_EQ(pongs.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(pongs[i]->text(), texts[i]);
  };
  auto transport = Scripted(script);
  check(StartServerStream<Ping, OwnedPong>(transport, kServerStream, MakePing("ping"), options_), transport);
  transport = Scripted(script);
  check(StartBidiStream<Ping, OwnedPong>(transport, kBidi, options_), transport);
}

TEST_P(ResponseViewsTest, ReadReplacesWhatTheViewHeld) {
  const auto transport =
      Scripted({Event::Message(Encoded("a")), Event::Message(Encoded("b")), Event::Message(Encoded("")), Event::End()});
  auto reader = StartServerStream<Ping, OwnedPong>(transport, kServerStream, MakePing("ping"), options_);
  OwnedPong pong;
  ASSERT_TRUE(ReadOne(&reader, transport, blocking_, &pong));
  const OwnedPong shared = pong.Share();
  ASSERT_TRUE(ReadOne(&reader, transport, blocking_, &pong));
  EXPECT_EQ(pong->text(), "b");
  EXPECT_EQ(shared->text(), "a") << "a message that is shared stays as it is";
  ASSERT_TRUE(ReadOne(&reader, transport, blocking_, &pong));
  EXPECT_EQ(pong->text(), "");
  EXPECT_FALSE(ReadOne(&reader, transport, blocking_, &pong));
}

TEST_P(ResponseViewsTest, AreEmptyWhereTheCallFailed) {
  const Error refused(Code::kPermissionDenied, "refused");
  auto transport = Scripted({Event::Headers(), Event::Message(Encoded("pong")), Event::End(refused)});
  Result<OwnedPong> result = Unary(transport, blocking_, options_);
  EXPECT_EQ(result.error().message, "refused");
  EXPECT_EQ((*result)->text(), "");
  EXPECT_EQ(result->bytes(), "");
  transport = Scripted({Event::Headers(), Event::Message(Encoded("pong")), Event::End(refused)});
  result = Upload(transport, blocking_, options_);
  EXPECT_EQ(result.error().message, "refused");
  EXPECT_EQ((*result)->text(), "");
}

TEST_P(ResponseViewsTest, EndTheCallWhereTheyAreNoMessage) {
  const Script script = {Event::Headers(Headers("h", "1")), Event::Message(kGarbage), Event::Message(Encoded("y")),
                         Event::End()};
  const auto check = [](const Error& error) {
    EXPECT_EQ(error.code, Code::kInternal);
    EXPECT_EQ(error.message.find("cannot decode connectrpc.test.Pong: "), 0u) << error.message;
    EXPECT_EQ(error.metadata.Find("h"), "1");
  };
  auto transport = Scripted(script);
  Result<OwnedPong> result = Unary(transport, blocking_, options_);
  check(result.error());
  EXPECT_EQ((*result)->text(), "");
  EXPECT_TRUE(transport->Logged("cancel internal"));

  transport = Scripted({script[0], script[1], script[3]});
  auto writer = StartClientStream<Ping, OwnedPong>(transport, kClientStream, options_);
  result = writer.Finish();
  check(result.error());
  check(writer.Finish().error());
  EXPECT_EQ((*result)->text(), "");

  transport = Scripted({script[0], Event::Message(Encoded("x")), script[1], script[2], script[3]});
  auto reader = StartServerStream<Ping, OwnedPong>(transport, kServerStream, MakePing("ping"), options_);
  OwnedPong pong;
  EXPECT_TRUE(ReadOne(&reader, transport, blocking_, &pong));
  EXPECT_FALSE(ReadOne(&reader, transport, blocking_, &pong));
  EXPECT_EQ(pong->text(), "");
  check(reader.Finish());
}

TEST_P(ResponseViewsTest, AreNotReadAfterACancellation) {
  const auto transport = Scripted({Event::Headers(), Event::Message(Encoded("a")), Event::Message(Encoded("b"))});
  auto stream = StartBidiStream<Ping, OwnedPong>(transport, kBidi, options_);
  OwnedPong pong;
  ASSERT_TRUE(ReadOne(&stream, transport, blocking_, &pong));
  transport->Play();
  stream.Cancel();
  OwnedPong next;
  EXPECT_FALSE(ReadOne(&stream, transport, blocking_, &next));
  EXPECT_EQ(stream.Finish().code, Code::kCanceled);
  EXPECT_EQ(pong->text(), "a");
  EXPECT_EQ(next->text(), "");

  Cancellation cancellation;
  cancellation.Cancel();
  CallOptions options = options_;
  options.cancellation = &cancellation;
  const Result<OwnedPong> result = Unary(Scripted({}), blocking_, options);
  EXPECT_EQ(result.error().code, Code::kCanceled);
}

TEST(ResponseViews, OfLiteMessagesHaveNoJson) {
  Lite lite;
  lite.set_text("lite");
  auto transport = Scripted({Event::Message(lite.SerializeAsString()), Event::End()});
  Result<OwnedView<LiteView>> result =
      CallUnary<Ping, OwnedView<LiteView>>(*transport, kUnary, MakePing("ping"), Codec("proto"));
  EXPECT_EQ((*result)->text(), "lite");
  transport = Scripted({Event::Message("{}"), Event::End()});
  result = CallUnary<Ping, OwnedView<LiteView>>(*transport, kUnary, MakePing("ping"), Codec("json"));
  EXPECT_EQ(result.error().code, Code::kInvalidArgument);
  EXPECT_EQ(result.error().message,
            "codec \"json\" needs descriptors, which connectrpc.test.Lite (optimize_for = LITE_RUNTIME) has not");
}

}  // namespace
}  // namespace connectrpc::test
