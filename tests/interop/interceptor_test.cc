// Interceptors and observers, before real handlers in every protocol.

#include "connectrpc/interceptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "interop/caller.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What happened, in order; written by loops, read by the test.
class Log {
 public:
  void Add(std::string line) {
    std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::move(lines_);
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

// Notes each step under its name, and may be told to do something at one of them.
struct Steps {
  std::function<Error(const CallHead&, HeaderList*)> on_head;
  std::function<Error(std::string_view)> on_request;
  std::function<void(HeaderList*)> on_response_headers;
  std::function<Error(std::string_view)> on_response;
  std::function<void(Error*, HeaderList*)> on_end;
};

class Follower final : public CallInterceptor {
 public:
  Follower(std::string name, const Steps* steps, Log* log) : name_(std::move(name)), steps_(steps), log_(log) {}
  ~Follower() override { log_->Add(name_ + " gone"); }

  Error OnRequest(std::string_view message) override {
    log_->Add(name_ + " request");
    return steps_->on_request ? steps_->on_request(message) : Error();
  }
  void OnResponseHeaders(HeaderList* metadata) override {
    log_->Add(name_ + " headers");
    if (steps_->on_response_headers) steps_->on_response_headers(metadata);
  }
  Error OnResponse(std::string_view message) override {
    log_->Add(name_ + " response");
    return steps_->on_response ? steps_->on_response(message) : Error();
  }
  void OnEnd(Error* error, HeaderList* trailers) override {
    log_->Add(name_ + " end " + std::string(CodeName(error->code)));
    if (steps_->on_end) steps_->on_end(error, trailers);
  }

 private:
  const std::string name_;
  const Steps* const steps_;
  Log* const log_;
};

class Noting final : public Interceptor {
 public:
  Noting(std::string name, Steps steps, Log* log) : name_(std::move(name)), steps_(std::move(steps)), log_(log) {}

  Error OnHead(const CallHead& head, HeaderList* metadata, std::unique_ptr<CallInterceptor>* call) override {
    log_->Add(name_ + " head");
    Error error = steps_.on_head ? steps_.on_head(head, metadata) : Error();
    if (error.ok()) *call = std::make_unique<Follower>(name_, &steps_, log_);
    return error;
  }

 private:
  const std::string name_;
  const Steps steps_;
  Log* const log_;
};

class Observer final : public CallObserver {
 public:
  explicit Observer(Log* log) : log_(log) {}
  void OnCallEnd(const CallHead& head, const CallSummary& summary) override {
    EXPECT_LE(summary.start, summary.end);
    log_->Add(std::string(head.method) + " " + std::string(CodeName(summary.code)) + " " +
              std::to_string(summary.request_messages) + "/" + std::to_string(summary.response_messages));
  }

 private:
  Log* const log_;
};

class InterceptorTest : public ::testing::TestWithParam<CallerKind> {
 protected:
  CallResult Call(const CallSpec& spec = CallSpec()) {
    auto server = std::make_unique<EchoServer>(options_);
    CallResult result = GetParam().make(server->port())->Call(spec);
    return result;  // the server is gone: so is every call
  }
  void Add(const std::string& name, Steps steps = Steps()) {
    options_.interceptors.push_back(std::make_shared<Noting>(name, std::move(steps), &log_));
  }

  Log log_;
  HttpOptions options_ = LocalOptions();
};

TEST_P(InterceptorTest, FirstIsOutermost) {
  Add("a");
  Add("b");
  EXPECT_EQ(Call().code, 0);
  EXPECT_THAT(log_.Take(), ElementsAre("a head", "b head", "a request", "b request", "b headers", "a headers",
                                       "b response", "a response", "b end ok", "a end ok", "a gone", "b gone"));
}

TEST_P(InterceptorTest, HeadIsKnown) {
  Steps steps;
  steps.on_head = [](const CallHead& head, HeaderList*) {
    EXPECT_EQ(head.method, "connectrpc.test.echo.SyncEcho/Echo");
    EXPECT_EQ(head.stream_type, StreamType::kUnary);
    EXPECT_EQ(head.peer.substr(0, 15), "ipv4:127.0.0.1:");
    EXPECT_EQ(head.certificate, nullptr);
    EXPECT_FALSE(head.is_get);
    return Error();
  };
  Add("a", steps);
  EXPECT_EQ(Call().code, 0);
}

TEST_P(InterceptorTest, RefusalAtTheHead) {
  Steps refuse;
  refuse.on_head = [](const CallHead&, HeaderList*) { return Error(Code::kUnauthenticated, "who are you"); };
  Add("a");
  Add("b", refuse);
  Add("c");
  const CallResult result = Call();
  EXPECT_EQ(result.code, static_cast<int>(Code::kUnauthenticated));
  EXPECT_EQ(result.message, "who are you");
  EXPECT_THAT(log_.Take(), ElementsAre("a head", "b head", "a headers", "a end unauthenticated", "a gone"));
}

TEST_P(InterceptorTest, MetadataMayBeChanged) {
  Steps steps;
  steps.on_head = [](const CallHead&, HeaderList* metadata) {
    metadata->Add("x-user", "jane");
    return Error();
  };
  steps.on_response_headers = [](HeaderList* metadata) { metadata->Add("x-head", "1"); };
  steps.on_end = [](Error*, HeaderList* trailers) { trailers->Add("x-trail", "2"); };
  Add("a", steps);
  const CallResult result = Call();
  ASSERT_EQ(result.responses.size(), 1u);
  bool seen = false;
  for (const echo::Field& field : result.responses[0].metadata()) {
    if (field.name() == "x-user" && field.value() == "jane") seen = true;
  }
  EXPECT_TRUE(seen);
  EXPECT_EQ(Find(result.headers, "x-head").value_or(""), "1");
  EXPECT_EQ(Find(result.trailers, "x-trail").value_or(""), "2");
}

// gRPC core aborts the process on any of these.
TEST_P(InterceptorTest, InvalidMetadataReachesNoHandler) {
  const HeaderField fields[] = {{"X-Upper", "a"},
                                {"x y", "a"},
                                {"", "a"},
                                {":path", "/a/b"},
                                {"x-a", "a\nb"},
                                {"x-a", "\xff"},
                                {"grpc-timeout", "1S"},
                                {"connectrpc-peer", "unix:"}};
  for (const HeaderField& field : fields) {
    options_.interceptors.clear();
    Steps steps;
    steps.on_head = [&](const CallHead&, HeaderList* metadata) {
      metadata->Add(field.name, field.value);
      return Error();
    };
    Add("a", steps);
    EXPECT_EQ(Call().code, static_cast<int>(Code::kInternal)) << field.name;
  }
}

TEST_P(InterceptorTest, MessagesMayBeRefused) {
  for (const bool request : {true, false}) {
    options_.interceptors.clear();
    Steps steps;
    auto refuse = [](std::string_view) { return Error(Code::kPermissionDenied, "not this"); };
    if (request) {
      steps.on_request = refuse;
    } else {
      steps.on_response = refuse;
    }
    Add("a", steps);
    for (const char* method : {"Echo", "Collect", "Expand", "Chat"}) {
      CallSpec spec;
      spec.method = method;
      spec.requests[0].set_responses(1);
      const CallResult result = Call(spec);
      EXPECT_EQ(result.code, static_cast<int>(Code::kPermissionDenied)) << method << request;
      EXPECT_EQ(result.message, "not this") << method << request;
      EXPECT_THAT(result.responses, IsEmpty()) << method << request;
    }
  }
}

TEST_P(InterceptorTest, OutcomeMayBeChanged) {
  Steps steps;
  steps.on_end = [](Error* error, HeaderList*) { *error = Error(Code::kDataLoss, "changed"); };
  Add("a", steps);
  const CallResult result = Call();
  EXPECT_EQ(result.code, static_cast<int>(Code::kDataLoss));
  EXPECT_EQ(result.message, "changed");
}

TEST_P(InterceptorTest, ErrorWithoutMessageCannotBecomeSuccess) {
  Steps steps;
  steps.on_end = [](Error* error, HeaderList*) { *error = Error(); };
  Add("a", steps);
  CallSpec spec;
  spec.requests[0].mutable_outcome()->set_code(5);
  EXPECT_EQ(Call(spec).code, static_cast<int>(Code::kInternal));
}

// Nothing that an interceptor throws stops the server, or reaches the caller.
TEST_P(InterceptorTest, Exceptions) {
  auto fail = [] { throw std::runtime_error("secret"); };
  for (int step = 0; step < 4; ++step) {
    options_.interceptors.clear();
    Steps steps;
    if (step == 0) steps.on_head = [&](const CallHead&, HeaderList*) { return fail(), Error(); };
    if (step == 1) steps.on_request = [&](std::string_view) { return fail(), Error(); };
    if (step == 2) steps.on_response = [&](std::string_view) { return fail(), Error(); };
    if (step == 3) steps.on_end = [&](Error*, HeaderList*) { fail(); };
    Add("a", steps);
    const CallResult result = Call();
    EXPECT_EQ(result.code, static_cast<int>(Code::kInternal)) << step;
    EXPECT_EQ(result.message, "interceptor failed") << step;
  }
}

TEST_P(InterceptorTest, ObserversSeeEveryCall) {
  options_.observers.push_back(std::make_shared<Observer>(&log_));
  EXPECT_EQ(Call().code, 0);
  EXPECT_THAT(log_.Take(), ElementsAre("connectrpc.test.echo.SyncEcho/Echo ok 1/1"));
  CallSpec spec;
  spec.requests[0].mutable_outcome()->set_code(5);
  EXPECT_EQ(Call(spec).code, 5);
  EXPECT_THAT(log_.Take(), ElementsAre("connectrpc.test.echo.SyncEcho/Echo not_found 1/0"));
  Steps refuse;
  refuse.on_head = [](const CallHead&, HeaderList*) { return Error(Code::kUnauthenticated, ""); };
  Log other;
  options_.interceptors.push_back(std::make_shared<Noting>("a", refuse, &other));
  EXPECT_EQ(Call().code, 16);
  EXPECT_THAT(log_.Take(), ElementsAre("connectrpc.test.echo.SyncEcho/Echo unauthenticated 0/0"));
}

INSTANTIATE_TEST_SUITE_P(All, InterceptorTest, ::testing::ValuesIn(AllCallers()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace connectrpc::test
