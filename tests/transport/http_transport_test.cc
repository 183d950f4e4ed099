#include "connectrpc/http_transport.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "connectrpc/interceptor.h"
#include "server/fake_server.h"
#include "transport/raw_server.h"
#include "transport/recorded_call.h"

// The transport as a whole: several servers, servers that go and come, several loops and threads, and its end.
namespace connectrpc::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// For what comes sooner or later.
bool WaitUntil(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

class CallCounter final : public CallObserver {
 public:
  void OnCallEnd(const CallHead&, const CallSummary&) override { ++count; }
  std::atomic<int> count{0};
};

// A server that counts its calls.
class CountingServer final {
 public:
  explicit CountingServer(int port = 0) : counter_(std::make_shared<CallCounter>()) {
    HttpOptions options;
    options.listen = {"127.0.0.1:" + std::to_string(port)};
    options.observers = {counter_};
    server_ = std::make_unique<FakeServer>(options);
  }

  int port() const { return server_->port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  int calls() const { return counter_->count; }
  FakeServer* operator->() { return server_.get(); }

 private:
  std::shared_ptr<CallCounter> counter_;
  std::unique_ptr<FakeServer> server_;
};

std::shared_ptr<HttpTransport> MakeTransport(const std::string& url, const HttpTransportOptions& options = {}) {
  auto transport = HttpTransport::Create(url, options);
  EXPECT_TRUE(transport.ok()) << transport.status();
  return *std::move(transport);
}

HttpTransportOptions Http2() {
  HttpTransportOptions options;
  options.http = HttpVersions::kHttp2;
  // Tests that wait for it shall not wait long.
  options.timeouts.initial_backoff = milliseconds(10);
  options.timeouts.max_backoff = milliseconds(20);
  return options;
}

// A unary call as a blocking client makes it: on its own thread, where it can.
class BlockingCall final : private LoopTask, private TransportCall::Receiver {
 public:
  explicit BlockingCall(Transport* transport) : transport_(transport), loop_(transport->PickLoop()) {}

  // The answer, or the error's message.
  std::string Run(const MethodSpec& method, const std::string& message) {
    method_ = &method;
    message_ = message;
    loop_->RunUntil(this, &done_);
    return answer_;
  }

 private:
  void Run() override {
    call_ = transport_->Start(loop_, *method_, {}, this);
    call_->Send(Payload::Borrow(message_));
    call_->CloseSend();
  }
  void OnHeaders(const HeaderList&) override {}
  void OnMessage(Payload message) override { answer_ = std::string(message.view()); }
  void OnWritable() override {}
  void OnEnd(const Error& error, const HeaderList&) override {
    if (!error.ok()) answer_ = error.message;
    call_->Release();
    done_.Notify();
  }

  Transport* const transport_;
  CallLoop* const loop_;
  const MethodSpec* method_ = nullptr;
  std::string message_;
  TransportCall* call_ = nullptr;
  std::string answer_;
  Completion done_;
};

// Lets calls go at their end, on the loop: the test may look at them, and end them, when all are gone.
class ReleaseAtEnd final {
 public:
  void Watch(RecordedCall* call) {
    ++watched_;
    call->SetHook([this](RecordedCall& ended, const std::string& event) {
      if (event == "end") Release(ended);
    });
  }
  void Release(RecordedCall& call) {
    call.call()->Release();
    call.DropCall();
    ++released_;
  }
  void ExpectMore() { ++watched_; }
  [[nodiscard]] bool WaitForAll() {
    return WaitUntil([this] { return released_ == watched_; });
  }

 private:
  int watched_ = 0;
  std::atomic<int> released_{0};
};

std::string Echo(Transport* transport, const std::string& message = "x") {
  return BlockingCall(transport).Run(kEcho, message);
}

// --- Creation ---

TEST(HttpTransportTest, CreateTellsWhatIsWrong) {
  EXPECT_THAT(HttpTransport::Create("example.com").status().message(), HasSubstr("http://"));
  HttpTransportOptions options;
  options.limits.max_connections = 0;
  EXPECT_EQ(HttpTransport::Create("http://example.com", options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(HttpTransportTest, DoesNotConnectUntilThereIsACall) {
  CountingServer server;
  {
    auto transport = MakeTransport("http://" + server.address(), Http2());
    EXPECT_EQ(transport->stats().connections_made, 0u);
  }
  EXPECT_EQ(server->server().stats().connections_accepted, 0u);
}

TEST(HttpTransportTest, DefaultsAreThoseOfTheOptions) {
  HttpTransportOptions options;
  options.defaults.timeout = milliseconds(1234);
  EXPECT_EQ(MakeTransport("http://localhost:1", options)->defaults().timeout, milliseconds(1234));
}

// --- Several servers ---

TEST(HttpTransportTest, FirstThatConnectsStaysWithTheFirst) {
  CountingServer a, b;
  HttpTransportOptions options = Http2();
  options.addresses = {a.address(), b.address()};
  auto transport = MakeTransport("http://example.com", options);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Echo(transport.get(), std::to_string(i)), std::to_string(i));
  EXPECT_TRUE(WaitUntil([&] { return a.calls() == 10; }));
  EXPECT_EQ(b.calls(), 0);
}

TEST(HttpTransportTest, FirstThatConnectsGoesOnWithTheSecond) {
  auto a = std::make_unique<CountingServer>();
  CountingServer b;
  HttpTransportOptions options = Http2();
  options.addresses = {a->address(), b.address()};
  auto transport = MakeTransport("http://example.com", options);
  EXPECT_EQ(Echo(transport.get()), "x");
  EXPECT_TRUE(WaitUntil([&] { return a->calls() == 1; }));
  a.reset();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Echo(transport.get()), "x");
  EXPECT_TRUE(WaitUntil([&] { return b.calls() == 5; }));
}

TEST(HttpTransportTest, RoundRobinUsesAll) {
  CountingServer servers[3];
  HttpTransportOptions options = Http2();
  options.balancing = Balancing::kRoundRobin;
  for (CountingServer& server : servers) options.addresses.push_back(server.address());
  auto transport = MakeTransport("http://example.com", options);
  // Each is connected to in its turn, beside calls.
  EXPECT_TRUE(WaitUntil([&] {
    EXPECT_EQ(Echo(transport.get()), "x");
    return transport->stats().connections == 3;
  }));
  int before[3];
  EXPECT_TRUE(WaitUntil([&] { return servers[0]->server().stats().calls == 0; }));
  for (int i = 0; i < 3; ++i) before[i] = servers[i].calls();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(Echo(transport.get()), "x");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(WaitUntil([&] { return servers[i].calls() >= before[i] + 10; })) << i;
    EXPECT_LE(servers[i].calls(), before[i] + 11) << i;  // one may have been counted late
  }
}

TEST(HttpTransportTest, LeastLoadedOfTwoSpreadsCallsThatGoOn) {
  CountingServer a, b;
  HttpTransportOptions options = Http2();
  options.balancing = Balancing::kLeastLoadedOfTwo;
  options.addresses = {a.address(), b.address()};
  auto transport = MakeTransport("http://example.com", options);
  EXPECT_TRUE(WaitUntil([&] {
    EXPECT_EQ(Echo(transport.get()), "x");
    return transport->stats().connections == 2;
  }));
  std::vector<std::unique_ptr<RecordedCall>> calls;
  for (int i = 0; i < 20; ++i) {
    calls.push_back(std::make_unique<RecordedCall>(transport.get()));
    calls.back()->Start(kHold, "x");
  }
  EXPECT_TRUE(a->held().WaitFor(10));
  EXPECT_TRUE(b->held().WaitFor(10));
  EXPECT_EQ(transport->stats().calls, 20u);
}

TEST(HttpTransportTest, ServerThatGoesAndComesBackCostsNoCall) {
  for (const Balancing balancing : {Balancing::kRoundRobin, Balancing::kLeastLoadedOfTwo}) {
    auto a = std::make_unique<CountingServer>();
    const int port = a->port();
    CountingServer b;
    HttpTransportOptions options = Http2();
    options.balancing = balancing;
    options.addresses = {a->address(), b.address()};
    auto transport = MakeTransport("http://example.com", options);
    EXPECT_TRUE(WaitUntil([&] {
      EXPECT_EQ(Echo(transport.get()), "x");
      return a->calls() > 0 && b.calls() > 0;
    }));
    a.reset();
    EXPECT_TRUE(WaitUntil([&] {
      EXPECT_EQ(Echo(transport.get()), "x");
      return transport->stats().connections_failed > 0;
    }));
    a = std::make_unique<CountingServer>(port);
    EXPECT_TRUE(WaitUntil([&] {
      EXPECT_EQ(Echo(transport.get()), "x");
      return a->calls() > 0;
    }));
  }
}

// --- Connections that cannot be made ---

TEST(HttpTransportTest, RefusedConnectionFailsTheCall) {
  RawServer nobody;
  nobody.Close();
  auto transport = MakeTransport(nobody.url(), Http2());
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
  EXPECT_THAT(call.WaitEnd().message, HasSubstr("refused"));
  EXPECT_EQ(transport->stats().connections_failed, 1u);
  EXPECT_EQ(transport->stats().connections, 0u);
  EXPECT_EQ(transport->stats().connecting, 0u);
}

TEST(HttpTransportTest, DuringBackoffCallsFailAtOnce) {
  RawServer nobody;
  nobody.Close();
  HttpTransportOptions options = Http2();
  options.timeouts.initial_backoff = options.timeouts.max_backoff = std::chrono::hours(1);
  auto transport = MakeTransport(nobody.url(), options);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Echo(transport.get()), HasSubstr("refused"));
  EXPECT_EQ(transport->stats().connections_failed, 1u);
}

TEST(HttpTransportTest, NameThatLeadsNowhereFailsTheCall) {
  auto transport = MakeTransport("http://does-not-exist.invalid", Http2());
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
  EXPECT_THAT(call.WaitEnd().message, HasSubstr("does-not-exist.invalid"));
  EXPECT_EQ(transport->stats().connections_failed, 0u);
}

TEST(HttpTransportTest, SilentServerIsGivenUp) {
  RawServer silent;
  HttpTransportOptions options = Http2();
  options.timeouts.connect = milliseconds(20);
  auto transport = MakeTransport(silent.url(), options);
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
}

TEST(HttpTransportTest, CallThatWaitsForReadyOutlastsTheServersAbsence) {
  int port = 0;
  {
    CountingServer server;
    port = server.port();
  }
  auto transport = MakeTransport("http://127.0.0.1:" + std::to_string(port), Http2());
  CallOptions patient;
  patient.wait_for_ready = true;
  RecordedCall call(transport.get());
  call.Start(kEcho, "hello", patient);
  EXPECT_TRUE(WaitUntil([&] { return transport->stats().connections_failed >= 3; }));
  EXPECT_FALSE(call.ended());
  CountingServer server(port);
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_THAT(call.messages(), ::testing::ElementsAre("hello"));
}

TEST(HttpTransportTest, ReconnectsToAServerThatWasStartedAgain) {
  auto server = std::make_unique<CountingServer>();
  const int port = server->port();
  for (const HttpVersions versions : {HttpVersions::kHttp1, HttpVersions::kHttp2}) {
    HttpTransportOptions options = Http2();
    options.http = versions;
    options.defaults.wait_for_ready = true;
    auto transport = MakeTransport("http://127.0.0.1:" + std::to_string(port), options);
    EXPECT_EQ(Echo(transport.get()), "x");
    server.reset();
    // HTTP/1.1 servers just close: the client learns of that on its loop.
    EXPECT_TRUE(WaitUntil([&] { return transport->stats().connections == 0; }));
    server = std::make_unique<CountingServer>(port);
    EXPECT_EQ(Echo(transport.get()), "x");
    EXPECT_EQ(transport->stats().connections_made, 2u);
  }
}

// --- Limits ---

TEST(HttpTransportTest, MaxConnections) {
  CountingServer server;
  HttpTransportOptions options;
  options.http = HttpVersions::kHttp1;
  options.limits.max_connections = 2;
  auto transport = MakeTransport("http://" + server.address(), options);
  std::vector<std::unique_ptr<RecordedCall>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(std::make_unique<RecordedCall>(transport.get()));
    calls.back()->Start(kHold, "x");
  }
  EXPECT_TRUE(server->held().WaitFor(2));
  EXPECT_EQ(transport->stats().connections, 2u);
  server->held().Release();
  EXPECT_TRUE(server->held().WaitFor(1));
  server->held().Release();
  for (const auto& call : calls) EXPECT_TRUE(call->WaitEnd().ok()) << call->WaitEnd().message;
  EXPECT_EQ(transport->stats().connections_made, 2u);
}

TEST(HttpTransportTest, MaxConcurrentStreams) {
  CountingServer server;
  HttpTransportOptions options = Http2();
  options.limits.max_concurrent_streams = 2;
  auto transport = MakeTransport("http://" + server.address(), options);
  std::vector<std::unique_ptr<RecordedCall>> calls;
  for (const size_t connections : {1, 1, 2}) {
    calls.push_back(std::make_unique<RecordedCall>(transport.get()));
    calls.back()->Start(kHold, "x");
    EXPECT_TRUE(server->held().WaitFor(calls.size()));
    EXPECT_EQ(transport->stats().connections, connections);
  }
}

TEST(HttpTransportTest, MaxWaitingCalls) {
  RawServer silent;
  HttpTransportOptions options = Http2();
  options.limits.max_waiting_calls = 2;
  auto transport = MakeTransport(silent.url(), options);
  RecordedCall first(transport.get()), second(transport.get()), third(transport.get());
  first.Start(kEcho, "x");
  second.Start(kEcho, "x");
  third.Start(kEcho, "x");
  EXPECT_EQ(third.WaitEnd().code, Code::kResourceExhausted);
  EXPECT_FALSE(first.ended());
  EXPECT_FALSE(second.ended());
}

// --- Threads and loops ---

TEST(HttpTransportTest, ManyThreadsOfBlockingCalls) {
  CountingServer server;
  for (const HttpVersions versions : {HttpVersions::kHttp1, HttpVersions::kHttp2}) {
    for (const int loops : {1, 3}) {
      HttpTransportOptions options;
      options.http = versions;
      options.loops = loops;
      auto transport = MakeTransport("http://" + server.address(), options);
      std::vector<std::thread> threads;
      std::atomic<int> good{0};
      for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
          for (int i = 0; i < 50; ++i) {
            const std::string message = std::to_string(thread) + ":" + std::to_string(i);
            const std::string answer = Echo(transport.get(), message);
            if (answer == message) ++good;
            EXPECT_EQ(answer, message);
          }
        });
      }
      while (good < 100) transport->stats();  // from any thread
      for (std::thread& thread : threads) thread.join();
      EXPECT_EQ(good, 400);
      // The last ones may still be on their way out of the loop.
      EXPECT_TRUE(WaitUntil([&] { return transport->stats().calls == 0; }));
      if (versions == HttpVersions::kHttp2) {
        EXPECT_EQ(transport->stats().connections, static_cast<size_t>(loops));
      }
    }
  }
}

TEST(HttpTransportTest, LoopsTakeTurns) {
  HttpTransportOptions options;
  options.loops = 3;
  auto transport = MakeTransport("http://localhost:1", options);
  CallLoop* const first = transport->PickLoop();
  CallLoop* const second = transport->PickLoop();
  CallLoop* const third = transport->PickLoop();
  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  EXPECT_NE(third, first);
  EXPECT_EQ(transport->PickLoop(), first);
}

// A call that is made in a callback stays on its loop.
TEST(HttpTransportTest, LoopInUseComesFirst) {
  HttpTransportOptions options;
  options.loops = 3;
  auto transport = MakeTransport("http://localhost:1", options);
  class Pick final : public LoopTask {
   public:
    explicit Pick(Transport* transport) : transport_(transport) {}
    void Run() override {
      picked = transport_->PickLoop();
      done.Notify();
    }
    CallLoop* picked = nullptr;
    Completion done;

   private:
    Transport* const transport_;
  };
  for (int i = 0; i < 3; ++i) {
    CallLoop* const loop = transport->PickLoop();
    Pick pick(transport.get());
    loop->RunUntil(&pick, &pick.done);
    EXPECT_EQ(pick.picked, loop);
  }
}

// --- Its end ---

TEST(HttpTransportTest, EndsWithCallsInEveryState) {
  CountingServer server;
  RawServer silent;
  for (const std::string& url : {"http://" + server.address(), silent.url(), std::string("http://127.0.0.1:1")}) {
    HttpTransportOptions options = Http2();
    options.loops = 2;
    auto transport = MakeTransport(url, options);
    std::vector<std::unique_ptr<RecordedCall>> calls;
    ReleaseAtEnd releases;
    for (int i = 0; i < 6; ++i) {
      calls.push_back(std::make_unique<RecordedCall>(transport.get()));
      releases.Watch(calls.back().get());
      CallOptions call_options;
      call_options.wait_for_ready = i % 3 == 0;
      calls.back()->Start(i % 2 == 0 ? kHold : kEcho, "x", call_options);
    }
    transport.reset();
    ASSERT_TRUE(releases.WaitForAll());
    for (const auto& call : calls) {
      const Code code = call->WaitEnd().code;
      EXPECT_TRUE(code == Code::kCanceled || code == Code::kOk || code == Code::kUnavailable) << url;
    }
  }
  EXPECT_TRUE(server->held().WaitFor(0));
  EXPECT_TRUE(server->WaitFor([](const ServerStats& stats) { return stats.connections == 0; }));
}

TEST(HttpTransportTest, LastReferenceMayGoAwayOnALoop) {
  CountingServer server;
  for (const int loops : {1, 3}) {
    HttpTransportOptions options = Http2();
    options.loops = loops;
    auto transport = MakeTransport("http://" + server.address(), options);
    ReleaseAtEnd releases;
    RecordedCall other(transport.get());
    releases.Watch(&other);
    other.Start(kHold, "x");
    ASSERT_TRUE(server->held().WaitFor(1));
    RecordedCall last(transport.get());
    std::atomic<bool> ready{false};
    releases.ExpectMore();
    last.SetHook([&](RecordedCall& call, const std::string& event) {
      if (event != "end") return;
      while (!ready) std::this_thread::yield();
      EXPECT_EQ(transport.use_count(), 1);
      transport.reset();
      // The call is still there for its receiver.
      releases.Release(call);
    });
    last.Start(kEcho, "x");
    ready = true;
    ASSERT_TRUE(releases.WaitForAll());
    EXPECT_TRUE(last.WaitEnd().ok());
    EXPECT_EQ(other.WaitEnd().code, Code::kCanceled);
    EXPECT_TRUE(server->held().WaitFor(0));
    // The loops end by themselves.
    EXPECT_TRUE(server->WaitFor([](const ServerStats& stats) { return stats.connections == 0; }));
  }
}

TEST(HttpTransportTest, MayEndBeforeItHasDoneAnything) {
  for (int i = 0; i < 20; ++i) {
    HttpTransportOptions options;
    options.loops = 4;
    MakeTransport("http://localhost:1", options);
  }
}

TEST(HttpTransportTest, EndsDuringALookup) {
  auto transport = MakeTransport("http://does-not-exist.invalid", Http2());
  RecordedCall call(transport.get());
  ReleaseAtEnd releases;
  releases.Watch(&call);
  call.Start(kEcho, "x");
  transport.reset();
  ASSERT_TRUE(releases.WaitForAll());
  EXPECT_FALSE(call.WaitEnd().ok());
}

}  // namespace
}  // namespace connectrpc::test
