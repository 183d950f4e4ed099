#include "client/unary_call.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "client/messages.h"
#include "client/methods.h"
#include "client/scripted_transport.h"
#include "client_test_lite.pb.h"
#include "connectrpc/client.h"

namespace connectrpc::test {
namespace {

const Error kRefused(Code::kPermissionDenied, "refused");

// The forms of a call, which have to agree.
Result<Pong> Block(const std::shared_ptr<ScriptedTransport>& transport, const CallOptions& options) {
  return CallUnary<Ping, Pong>(*transport, kUnary, MakePing("ping"), options);
}

Result<Pong> CallBack(const std::shared_ptr<ScriptedTransport>& transport, const CallOptions& options) {
  std::optional<Result<Pong>> result;
  CallUnary<Ping, Pong>(transport, kUnary, MakePing("ping"), options, [&](Result<Pong> r) {
    EXPECT_TRUE(transport->loop().InLoop());
    EXPECT_FALSE(result.has_value()) << "called twice";
    result.emplace(std::move(r));
  });
  EXPECT_FALSE(result.has_value()) << "called before the function has returned";
  transport->PlayAll();
  EXPECT_TRUE(result.has_value());
  return result ? std::move(*result) : Result<Pong>(Error(Code::kUnknown, "never called"));
}

Result<Pong> CallBackInLoop(const std::shared_ptr<ScriptedTransport>& transport, const CallOptions& options) {
  std::optional<Result<Pong>> result;
  transport->loop().RunInLoop([&] {
    CallUnary<Ping, Pong>(transport, kUnary, MakePing("ping"), options,
                          [&](Result<Pong> r) { result.emplace(std::move(r)); });
    EXPECT_FALSE(result.has_value()) << "called before the function has returned";
  });
  transport->PlayAll();
  EXPECT_TRUE(result.has_value());
  return result ? std::move(*result) : Result<Pong>(Error(Code::kUnknown, "never called"));
}

struct Form {
  const char* name;
  Result<Pong> (*call)(const std::shared_ptr<ScriptedTransport>& transport, const CallOptions& options);
};

class UnaryCallTest : public testing::TestWithParam<Form> {
 protected:
  Result<Pong> Call(Script script, const CallOptions& options = {}) {
    transport_ = std::make_shared<ScriptedTransport>(std::move(script));
    return GetParam().call(transport_, options);
  }

  std::shared_ptr<ScriptedTransport> transport_;
};

TEST_P(UnaryCallTest, SendsOneMessageAndReturnsWhatComes) {
  const Result<Pong> result =
      Call({Event::Headers(Headers("h", "1")), Event::Message(PongBytes("pong")), Event::End({}, Headers("t", "2"))});
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result->text(), "pong");
  EXPECT_EQ(result.headers().Find("h"), "1");
  EXPECT_EQ(result.trailers().Find("t"), "2");
  const std::vector<std::string> log = {"start /test.Service/Unary", "send 6", "close", "release"};
  EXPECT_EQ(transport_->log(), log);
  EXPECT_EQ(transport_->sent(), std::vector<std::string>{MakePing("ping").SerializeAsString()});
}

TEST_P(UnaryCallTest, ReportsEachWayToEnd) {
  const struct {
    const char* name;
    Script script;
    Code code;
    const char* message;
  } cases[] = {
      {"error alone", {Event::End(kRefused)}, Code::kPermissionDenied, "refused"},
      {"error after headers", {Event::Headers(), Event::End(kRefused)}, Code::kPermissionDenied, "refused"},
      {"error after the message",
       {Event::Headers(), Event::Message(PongBytes("x")), Event::End(kRefused)},
       Code::kPermissionDenied,
       "refused"},
      {"no message", {Event::Headers(), Event::End()}, Code::kUnimplemented, "no response message"},
      {"two messages",
       {Event::Headers(), Event::Message(PongBytes("x")), Event::Message(PongBytes("y")), Event::End()},
       Code::kUnimplemented,
       "more than one response message"},
      {"garbage",
       {Event::Headers(), Event::Message(kGarbage), Event::Message(PongBytes("y")), Event::End()},
       Code::kInternal,
       "cannot decode connectrpc.test.Pong: invalid bytes"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Result<Pong> result = Call(c.script);
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, c.code);
    EXPECT_EQ(result.error().message, c.message);
    EXPECT_EQ(result->text(), "");
    EXPECT_TRUE(transport_->released());
  }
}

TEST_P(UnaryCallTest, EndsAtEachStep) {
  const Script whole = {Event::Headers(Headers("h", "1")), Event::Message(PongBytes("pong")), Event::End()};
  for (size_t step = 0; step < whole.size(); ++step) {
    SCOPED_TRACE(step);
    Script script(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(step));
    script.push_back(Event::End(Error(Code::kUnavailable, "lost"), Headers("t", "2")));
    const Result<Pong> result = Call(script);
    EXPECT_EQ(result.error().code, Code::kUnavailable);
    EXPECT_EQ(result.error().message, "lost");
    EXPECT_EQ(result.headers().size(), step > 0 ? 1u : 0u);
    EXPECT_EQ(result.trailers().Find("t"), "2");
    EXPECT_EQ(result->text(), "");
    EXPECT_TRUE(transport_->released());
  }
}

TEST_P(UnaryCallTest, GivesErrorsOfItsOwnTheMetadataThatCame) {
  const Result<Pong> result = Call({Event::Headers(Headers("h", "1")), Event::End({}, Headers("t", "2"))});
  EXPECT_EQ(result.error().code, Code::kUnimplemented);
  EXPECT_EQ(result.error().metadata.Find("h"), "1");
  EXPECT_EQ(result.error().metadata.Find("t"), "2");
}

TEST_P(UnaryCallTest, SpeaksJson) {
  CallOptions options;
  options.codec = "json";
  const Result<Pong> result = Call({Event::Message(R"({"text":"pong","unknown":1})"), Event::End()}, options);
  EXPECT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->text(), "pong");
  EXPECT_EQ(transport_->sent(), std::vector<std::string>{R"({"text":"ping"})"});
  EXPECT_EQ(transport_->options().codec, "json");
}

TEST_P(UnaryCallTest, FailsForAnUnknownCodecWithoutACall) {
  CallOptions options;
  options.codec = "cbor";
  const Result<Pong> result = Call({}, options);
  EXPECT_EQ(result.error().code, Code::kInvalidArgument);
  EXPECT_EQ(result.error().message, "unknown codec \"cbor\"");
  EXPECT_TRUE(transport_->log().empty());
}

TEST_P(UnaryCallTest, IsNotMadeWhenItIsCanceledBefore) {
  Cancellation cancellation;
  cancellation.Cancel();
  CallOptions options;
  options.cancellation = &cancellation;
  EXPECT_EQ(Call({}, options).error().code, Code::kCanceled);
  EXPECT_TRUE(transport_->log().empty());
}

TEST_P(UnaryCallTest, LeavesNoListenerBehind) {
  Cancellation cancellation;
  CallOptions options;
  options.cancellation = &cancellation;
  EXPECT_TRUE(Call({Event::Message(PongBytes("pong")), Event::End()}, options).ok());
  transport_.reset();
  cancellation.Cancel();
}

INSTANTIATE_TEST_SUITE_P(Forms, UnaryCallTest,
                         testing::Values(Form{"Blocking", Block}, Form{"Callback", CallBack},
                                         Form{"CallbackInLoop", CallBackInLoop}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(UnaryCall, IsCanceledWhileItRuns) {
  Cancellation cancellation;
  CallOptions options;
  options.cancellation = &cancellation;
  const auto transport = std::make_shared<ScriptedTransport>(Script{Event::Headers(), Event::End()});
  std::optional<Result<Pong>> result;
  CallUnary<Ping, Pong>(transport, kUnary, Ping(), options, [&](Result<Pong> r) { result.emplace(std::move(r)); });
  EXPECT_TRUE(transport->Play());
  cancellation.Cancel();
  EXPECT_FALSE(result.has_value());
  transport->PlayAll();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().code, Code::kCanceled);
  EXPECT_TRUE(transport->Logged("cancel canceled"));
}

TEST(UnaryCall, TheEndComesBeforeACancellationThatIsOnItsWay) {
  Cancellation cancellation;
  CallOptions options;
  options.cancellation = &cancellation;
  const auto transport = std::make_shared<ScriptedTransport>(Script{Event::Message(PongBytes("pong")), Event::End()});
  std::optional<Result<Pong>> result;
  CallUnary<Ping, Pong>(transport, kUnary, Ping(), options, [&](Result<Pong> r) { result.emplace(std::move(r)); });
  EXPECT_TRUE(transport->Play());
  transport->loop().RunInLoop([&] {
    cancellation.Cancel();  // posts
    transport->TellNext();
  });
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ((*result)->text(), "pong");
  transport->PlayAll();
  EXPECT_FALSE(transport->Logged("cancel canceled"));
}

TEST(UnaryCall, DoesNotWaitForItselfInTheLoop) {
  ScriptedTransport transport(Script{});
  transport.loop().RunInLoop([&] {
    const Result<Pong> result = CallUnary<Ping, Pong>(transport, kUnary, Ping(), {});
    EXPECT_EQ(result.error().code, Code::kFailedPrecondition);
  });
  EXPECT_TRUE(transport.log().empty());
}

TEST(UnaryCall, KeepsTheTransportUntilItHasEnded) {
  auto transport = std::make_shared<ScriptedTransport>(Script{Event::End(kRefused)});
  std::weak_ptr<ScriptedTransport> weak = transport;
  CallUnary<Ping, Pong>(transport, kUnary, Ping(), {}, [&](Result<Pong>) { EXPECT_FALSE(weak.expired()); });
  EXPECT_EQ(transport.use_count(), 2);
  transport->PlayAll();
  EXPECT_EQ(transport.use_count(), 1);
}

TEST(UnaryCall, TakesTheCodecOfTheTransportWhereItHasNone) {
  ScriptedTransport transport({Event::Message(R"({"text":"pong"})"), Event::End()});
  transport.mutable_defaults().codec = "json";
  EXPECT_EQ((CallUnary<Ping, Pong>(transport, kUnary, MakePing("ping"), {})->text()), "pong");
  EXPECT_EQ(transport.sent(), std::vector<std::string>{R"({"text":"ping"})"});
}

TEST(UnaryCall, CarriesLiteMessagesButNotAsJson) {
  Lite lite;
  lite.set_text("x");
  ScriptedTransport transport({Event::Message(lite.SerializeAsString()), Event::End()});
  EXPECT_EQ((CallUnary<Lite, Lite>(transport, kUnary, lite, {})->text()), "x");

  ScriptedTransport unused(Script{});
  CallOptions options;
  options.codec = "json";
  EXPECT_EQ((CallUnary<Lite, Lite>(unused, kUnary, lite, options).error().code), Code::kInvalidArgument);
  EXPECT_TRUE(unused.log().empty());
}

}  // namespace
}  // namespace connectrpc::test
