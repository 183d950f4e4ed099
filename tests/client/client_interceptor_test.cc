#include "connectrpc/client_interceptor.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/messages.h"
#include "client/methods.h"
#include "client/scripted_transport.h"
#include "connectrpc/client.h"

namespace connectrpc::test {
namespace {

using Texts = std::vector<std::string>;

// Writes down what it sees, with its name in front, and does what the test wants.
struct Plan {
  explicit Plan(std::string plan_name) : name(std::move(plan_name)) {}

  std::string name;
  std::function<Error(CallOptions*)> on_call = [](CallOptions*) { return Error(); };
  std::function<Error(std::string_view)> on_request = [](std::string_view) { return Error(); };
  std::function<void(HeaderList*)> on_headers = [](HeaderList*) {};
  std::function<Error(std::string_view)> on_response = [](std::string_view) { return Error(); };
  std::function<void(Error*, HeaderList*)> on_end = [](Error*, HeaderList*) {};
};

class Follower final : public ClientCallInterceptor {
 public:
  Follower(const Plan& plan, Texts* seen) : plan_(plan), seen_(seen) {}
  ~Follower() override { seen_->push_back(plan_.name + " gone"); }

  Error OnRequest(std::string_view message) override {
    seen_->push_back(plan_.name + " request " + std::to_string(message.size()));
    return plan_.on_request(message);
  }
  void OnHeaders(HeaderList* headers) override {
    seen_->push_back(plan_.name + " headers");
    plan_.on_headers(headers);
  }
  Error OnResponse(std::string_view message) override {
    seen_->push_back(plan_.name + " response " + std::to_string(message.size()));
    return plan_.on_response(message);
  }
  void OnEnd(Error* error, HeaderList* trailers) override {
    seen_->push_back(plan_.name + " end " + std::string(CodeName(error->code)));
    plan_.on_end(error, trailers);
  }

 private:
  const Plan& plan_;
  Texts* const seen_;
};

class Interceptor final : public ClientInterceptor {
 public:
  Interceptor(Plan plan, Texts* seen) : plan_(std::move(plan)), seen_(seen) {}

  Error OnCall(const MethodSpec& method, CallOptions* options, std::unique_ptr<ClientCallInterceptor>* call) override {
    seen_->push_back(plan_.name + " call " + std::string(method.path));
    *call = std::make_unique<Follower>(plan_, seen_);
    return plan_.on_call(options);
  }

 private:
  const Plan plan_;
  Texts* const seen_;
};

class InterceptTest : public testing::Test {
 protected:
  std::shared_ptr<Transport> With(Script script, std::vector<Plan> plans) {
    scripted_ = std::make_shared<ScriptedTransport>(std::move(script));
    std::vector<std::shared_ptr<ClientInterceptor>> interceptors;
    for (Plan& plan : plans) interceptors.push_back(std::make_shared<Interceptor>(std::move(plan), &seen_));
    return Intercept(scripted_, std::move(interceptors));
  }
  Script Answer() { return {Event::Headers(), Event::Message(PongBytes("pong")), Event::End()}; }

  Texts seen_;
  std::shared_ptr<ScriptedTransport> scripted_;
};

TEST_F(InterceptTest, IsTheTransportItselfWithoutInterceptors) {
  EXPECT_EQ(With({}, {}), scripted_);
}

TEST_F(InterceptTest, FollowsACallOutermostFirstAndBackAgain) {
  const auto transport = With(Answer(), {Plan("a"), Plan("b")});
  const Result<Pong> result = CallUnary<Ping, Pong>(*transport, kUnary, MakePing("ping"), {});
  EXPECT_EQ(result->text(), "pong");
  EXPECT_EQ(seen_, (Texts{"a call /test.Service/Unary", "b call /test.Service/Unary", "a request 6", "b request 6",
                          "b headers", "a headers", "b response 6", "a response 6", "b end ok", "a end ok", "a gone",
                          "b gone"}));
}

TEST_F(InterceptTest, MayChangeOptionsHeadersErrorAndTrailers) {
  Plan plan("a");
  plan.on_call = [](CallOptions* options) {
    options->headers.Add("authorization", "x");
    options->codec = "json";  // is not heeded: the request is encoded by now
    return Error();
  };
  plan.on_headers = [](HeaderList* headers) { headers->Add("h", "1"); };
  plan.on_end = [](Error* error, HeaderList* trailers) {
    error->message = "changed";
    trailers->Add("t", "2");
  };
  const auto transport = With({Event::Headers(), Event::End(Error(Code::kAborted, "why"))}, {std::move(plan)});
  const Result<Pong> result = CallUnary<Ping, Pong>(*transport, kUnary, Ping(), {});
  EXPECT_EQ(scripted_->options().headers.Find("authorization"), "x");
  EXPECT_EQ(scripted_->options().codec, std::nullopt);
  EXPECT_EQ(result.headers().Find("h"), "1");
  EXPECT_EQ(result.error().message, "changed");
  EXPECT_EQ(result.trailers().Find("t"), "2");
}

TEST_F(InterceptTest, EndsACallBeforeItBegins) {
  Plan refuses("b");
  refuses.on_call = [](CallOptions*) { return Error(Code::kUnauthenticated, "no token"); };
  const auto transport = With(Answer(), {Plan("a"), std::move(refuses), Plan("c")});
  const Result<Pong> result = CallUnary<Ping, Pong>(*transport, kUnary, Ping(), {});
  EXPECT_EQ(result.error().code, Code::kUnauthenticated);
  EXPECT_EQ(result.error().message, "no token");
  EXPECT_TRUE(scripted_->log().empty());
  EXPECT_EQ(seen_, (Texts{"a call /test.Service/Unary", "b call /test.Service/Unary", "b end unauthenticated",
                          "a end unauthenticated", "a gone", "b gone"}));
}

TEST_F(InterceptTest, LetsGoOfACallThatItDidNotLetBegin) {
  Plan refuses("a");
  refuses.on_call = [](CallOptions*) { return Error(Code::kUnauthenticated, "no token"); };
  const auto transport = With({}, {std::move(refuses)});
  scripted_->loop().RunInLoop([&] { (void)StartBidiStream<Ping, Pong>(transport, kBidi, {}); });
  scripted_->loop().Run();
  EXPECT_EQ(seen_.back(), "a gone");
  EXPECT_EQ(transport.use_count(), 1);
}

TEST_F(InterceptTest, EndsACallAtARequest) {
  Plan plan("a");
  plan.on_request = [](std::string_view) { return Error(Code::kInvalidArgument, "too long"); };
  const auto transport = With(Answer(), {std::move(plan)});
  const Result<Pong> result = CallUnary<Ping, Pong>(*transport, kUnary, Ping(), {});
  EXPECT_EQ(result.error().message, "too long");
  EXPECT_TRUE(scripted_->Logged("cancel invalid_argument"));
  EXPECT_TRUE(scripted_->sent().empty());
}

TEST_F(InterceptTest, EndsACallAtAResponse) {
  Plan plan("b");
  plan.on_response = [](std::string_view) { return Error(Code::kDataLoss, "wrong checksum"); };
  const auto transport = With(Answer(), {Plan("a"), std::move(plan)});
  const Result<Pong> result = CallUnary<Ping, Pong>(*transport, kUnary, Ping(), {});
  EXPECT_EQ(result.error().message, "wrong checksum");
  EXPECT_EQ(result->text(), "");
  EXPECT_TRUE(scripted_->Logged("cancel data_loss"));
  EXPECT_EQ(seen_[seen_.size() - 3], "a end data_loss");
}

TEST_F(InterceptTest, TellsTheEndOfACallThatIsLetGo) {
  const auto transport = With(Answer(), {Plan("a")});
  {
    auto stream = StartBidiStream<Ping, Pong>(transport, kBidi, {});
    EXPECT_TRUE(scripted_->Play());
  }
  scripted_->loop().Run();
  EXPECT_EQ(seen_, (Texts{"a call /test.Service/Bidi", "a headers", "a end canceled", "a gone"}));
  EXPECT_TRUE(scripted_->released());
}

TEST_F(InterceptTest, PassesFlowControlAndCancellationOn) {
  const auto transport = With(
      {Event::Message(PongBytes("a")), Event::Writable(), Event::Message(PongBytes("b")), Event::End()}, {Plan("a")});
  CallOptions options;
  options.max_unread_bytes = 1;
  auto stream = StartBidiStream<Ping, Pong>(transport, kBidi, options);
  scripted_->Fill();
  EXPECT_TRUE(stream.Write(MakePing("1")));
  scripted_->Play();
  EXPECT_TRUE(scripted_->Logged("pause"));
  Pong pong;
  EXPECT_TRUE(stream.Read(&pong));
  scripted_->loop().Run();
  EXPECT_TRUE(scripted_->Logged("resume"));
  EXPECT_TRUE(stream.Write(MakePing("2")));
  stream.CloseSend();
  scripted_->loop().Run();
  EXPECT_TRUE(scripted_->Logged("close"));
  stream.Cancel();
  EXPECT_EQ(stream.Finish().code, Code::kCanceled);
}

TEST_F(InterceptTest, HasTheDefaultsOfTheTransport) {
  const auto transport = With({}, {Plan("a")});
  EXPECT_EQ(&transport->defaults(), &scripted_->defaults());
  EXPECT_EQ(transport->PickLoop(), &scripted_->loop());
}

}  // namespace
}  // namespace connectrpc::test
