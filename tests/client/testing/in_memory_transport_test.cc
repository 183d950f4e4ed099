#include "connectrpc/testing/in_memory_transport.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "client/messages.h"
#include "client/methods.h"
#include "connectrpc/client.h"

namespace connectrpc::test {
namespace {

using Reader = InMemoryReader<Ping>;
using Writer = InMemoryWriter<Pong>;

class InMemoryTransportTest : public testing::Test {
 protected:
  void Handle(std::function<Error(InMemoryCall&, const Ping&, Pong*)> handler) {
    transport_->HandleUnary<Ping, Pong>(kUnary, std::move(handler));
  }
  Result<Pong> Call(const std::string& text = "ping", const CallOptions& options = {}) {
    return CallUnary<Ping, Pong>(*transport_, kUnary, MakePing(text), options);
  }

  std::shared_ptr<InMemoryTransport> transport_ = std::make_shared<InMemoryTransport>();
};

TEST_F(InMemoryTransportTest, CallsAUnaryHandler) {
  Handle([](InMemoryCall& call, const Ping& ping, Pong* pong) {
    EXPECT_EQ(call.request_headers().Find("q"), "0");
    call.headers().Add("h", "1");
    call.trailers().Add("t", "2");
    pong->set_text(ping.text() + "!");
    return Error();
  });
  CallOptions options;
  options.headers.Add("q", "0");
  for (const char* codec : {"proto", "json"}) {
    options.codec = codec;
    const Result<Pong> result = Call("ping", options);
    EXPECT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->text(), "ping!");
    EXPECT_EQ(result.headers().Find("h"), "1");
    EXPECT_EQ(result.trailers().Find("t"), "2");
  }
}

TEST_F(InMemoryTransportTest, CarriesErrorsWithDetailsAndMetadata) {
  Handle([](InMemoryCall& call, const Ping&, Pong* pong) {
    call.headers().Add("h", "1");
    call.trailers().Add("t", "2");
    pong->set_text("not sent");
    Error error(Code::kNotFound, "gone");
    AddDetail(&error, MakePing("detail"));
    error.metadata.Add("m", "3");
    return error;
  });
  const Result<Pong> result = Call();
  EXPECT_EQ(result.error().code, Code::kNotFound);
  EXPECT_EQ(result.error().message, "gone");
  EXPECT_EQ(FindDetail<Ping>(result.error())->text(), "detail");
  EXPECT_EQ(result->text(), "");
  EXPECT_EQ(result.headers().Find("h"), "1");
  EXPECT_EQ(result.trailers().Find("t"), "2");
  EXPECT_EQ(result.trailers().Find("m"), "3");
  for (const char* name : {"h", "t", "m"}) EXPECT_TRUE(result.error().metadata.Find(name)) << name;
}

TEST_F(InMemoryTransportTest, HasNoMethodWithoutAHandler) {
  const Result<Pong> result = Call();
  EXPECT_EQ(result.error().code, Code::kUnimplemented);
  EXPECT_EQ(result.error().message, "no handler for /test.Service/Unary");
}

TEST_F(InMemoryTransportTest, ReplacesAHandler) {
  Handle([](InMemoryCall&, const Ping&, Pong*) { return Error(Code::kInternal, "first"); });
  Handle([](InMemoryCall&, const Ping&, Pong*) { return Error(Code::kInternal, "second"); });
  EXPECT_EQ(Call().error().message, "second");
}

TEST_F(InMemoryTransportTest, MakesUnknownOfWhatAHandlerThrows) {
  Handle([](InMemoryCall&, const Ping&, Pong*) -> Error { throw std::runtime_error("oops"); });
  EXPECT_EQ(Call().error().code, Code::kUnknown);
  EXPECT_EQ(Call().error().message, "the handler threw: oops");
}

TEST_F(InMemoryTransportTest, FollowsTheDefaults) {
  CallOptions defaults;
  defaults.headers.Add("a", "default");
  defaults.codec = "json";
  defaults.timeout = std::chrono::hours(1);
  transport_ = std::make_shared<InMemoryTransport>(defaults);
  Handle([](InMemoryCall& call, const Ping& ping, Pong* pong) {
    pong->set_text(ping.text());
    EXPECT_EQ(call.request_headers().size(), 2u);
    EXPECT_EQ(call.request_headers()[0].value, "default");
    EXPECT_EQ(call.request_headers()[1].value, "own");
    EXPECT_EQ(call.timeout(), std::chrono::hours(1));
    return Error();
  });
  CallOptions options;
  options.headers.Add("a", "own");
  EXPECT_EQ(Call("x", options)->text(), "x");
}

TEST_F(InMemoryTransportTest, EnforcesTheDeadlineAndTellsTheHandler) {
  std::atomic<int> begun{0};
  std::atomic<int> told{0};
  Handle([&](InMemoryCall& call, const Ping&, Pong*) {
    ++begun;
    call.WaitUntilCanceled();
    if (call.canceled()) ++told;
    return Error();
  });
  CallOptions options;
  options.timeout = std::chrono::milliseconds(1);
  // A handler whose thread comes too late is not called.
  for (; begun == 0; *options.timeout *= 2) EXPECT_EQ(Call("", options).error().code, Code::kDeadlineExceeded);
  transport_ = nullptr;  // waits for handlers
  EXPECT_EQ(told, begun);
}

TEST_F(InMemoryTransportTest, TakesTheLongestOfTimeouts) {
  Handle([](InMemoryCall&, const Ping&, Pong*) { return Error(); });
  CallOptions options;
  options.timeout = std::chrono::nanoseconds::max();
  EXPECT_TRUE(Call("", options).ok());
}

TEST_F(InMemoryTransportTest, TellsTheHandlerOfACancellation) {
  Cancellation cancellation;
  Handle([&](InMemoryCall& call, const Ping&, Pong*) {
    EXPECT_FALSE(call.canceled());
    cancellation.Cancel();
    call.WaitUntilCanceled();
    return Error();
  });
  CallOptions options;
  options.cancellation = &cancellation;
  EXPECT_EQ(Call("", options).error().code, Code::kCanceled);
}

TEST_F(InMemoryTransportTest, BoundsAResponseMessage) {
  Handle([](InMemoryCall&, const Ping& ping, Pong* pong) {
    pong->set_text(ping.text());
    return Error();
  });
  CallOptions options;
  options.max_message_bytes = PongBytes(std::string(100, 'x')).size();
  EXPECT_TRUE(Call(std::string(100, 'x'), options).ok());
  EXPECT_EQ(Call(std::string(101, 'x'), options).error().code, Code::kResourceExhausted);
}

TEST_F(InMemoryTransportTest, StreamsFromTheServer) {
  transport_->HandleServerStream<Ping, Pong>(kServerStream,
                                             [](InMemoryCall& call, const Ping& ping, Writer& responses) {
                                               call.headers().Add("h", "1");
                                               for (const char c : ping.text())
                                                 EXPECT_TRUE(responses.Write(MakePong(std::string(1, c))));
                                               return Error(Code::kAborted, "enough");
                                             });
  auto reader = StartServerStream<Ping, Pong>(transport_, kServerStream, MakePing("abc"), {});
  EXPECT_EQ(reader.headers().Find("h"), "1");
  std::string text;
  Pong pong;
  while (reader.Read(&pong)) text += pong.text();
  EXPECT_EQ(text, "abc");
  EXPECT_EQ(reader.Finish().code, Code::kAborted);
}

TEST_F(InMemoryTransportTest, StreamsFromTheClient) {
  transport_->HandleClientStream<Ping, Pong>(kClientStream, [](InMemoryCall&, Reader& requests, Pong* pong) {
    Ping ping;
    while (requests.Read(&ping)) pong->set_text(pong->text() + ping.text());
    return Error();
  });
  auto writer = StartClientStream<Ping, Pong>(transport_, kClientStream, {});
  for (const char* text : {"a", "b", "c"}) EXPECT_TRUE(writer.Write(MakePing(text)));
  EXPECT_EQ(writer.Finish()->text(), "abc");
}

TEST_F(InMemoryTransportTest, StreamsBothWays) {
  transport_->HandleBidiStream<Ping, Pong>(kBidi, [](InMemoryCall& call, Reader& requests, Writer& responses) {
    call.SendHeaders();
    Ping ping;
    while (requests.Read(&ping)) responses.Write(MakePong(ping.text()));
    return Error();
  });
  auto stream = StartBidiStream<Ping, Pong>(transport_, kBidi, {});
  (void)stream.headers();
  Pong pong;
  for (const char* text : {"a", "b", "c"}) {
    EXPECT_TRUE(stream.Write(MakePing(text)));
    EXPECT_TRUE(stream.Read(&pong));
    EXPECT_EQ(pong.text(), text);
  }
  EXPECT_TRUE(stream.Finish().ok());
}

TEST_F(InMemoryTransportTest, HandlersMayEndACallEarly) {
  transport_->HandleClientStream<Ping, Pong>(
      kClientStream, [](InMemoryCall&, Reader&, Pong*) { return Error(Code::kResourceExhausted, "full"); });
  auto writer = StartClientStream<Ping, Pong>(transport_, kClientStream, {});
  const Ping ping = MakePing(std::string(10'000, 'x'));
  while (writer.Write(ping)) {
  }
  EXPECT_EQ(writer.Finish().error().code, Code::kResourceExhausted);
}

TEST_F(InMemoryTransportTest, HoldsBackAHandlerWhoseCallerDoesNotRead) {
  int written = 0;
  Completion done;
  transport_->HandleServerStream<Ping, Pong>(kServerStream, [&](InMemoryCall&, const Ping&, Writer& responses) {
    const Pong pong = MakePong(std::string(10'000, 'x'));
    while (responses.Write(pong)) ++written;
    done.Notify();
    return Error();
  });
  CallOptions options;
  options.max_unread_bytes = 10'000;
  {
    auto reader = StartServerStream<Ping, Pong>(transport_, kServerStream, Ping(), options);
    Pong pong;
    EXPECT_TRUE(reader.Read(&pong));
  }
  done.Wait();
  EXPECT_LT(written, 20);
}

TEST_F(InMemoryTransportTest, HoldsBackACallerWhoseHandlerDoesNotRead) {
  Completion go;
  transport_->HandleClientStream<Ping, Pong>(kClientStream, [&](InMemoryCall&, Reader& requests, Pong* pong) {
    go.Wait();
    Ping ping;
    while (requests.Read(&ping)) pong->set_number(pong->number() + 1);
    return Error();
  });
  auto writer = StartClientStream<Ping, Pong>(transport_, kClientStream, {});
  const Ping ping = MakePing(std::string(10'000, 'x'));
  std::atomic<int> written{0};
  std::function<void(bool)> next = [&](bool ok) {
    EXPECT_TRUE(ok);
    if (++written < 100) writer.Write(ping, next);
  };
  writer.Write(ping, next);
  // Whatever is posted behind sees how far the callbacks have come: there is room for seven.
  std::promise<int> seen;
  CallUnary<Ping, Pong>(transport_, kUnary, Ping(), {}, [&](Result<Pong>) { seen.set_value(written); });
  EXPECT_LT(seen.get_future().get(), 10);
  go.Notify();
  while (written < 100) std::this_thread::yield();
  EXPECT_EQ(writer.Finish()->number(), 100);
}

// A call as a transport's own user makes it, who does not hold the transport.
struct BareCall final : TransportCall::Receiver, LoopTask {
  explicit BareCall(Transport* to) : transport(to) {}

  void OnHeaders(const HeaderList&) override {}
  void OnMessage(Payload) override {}
  void OnWritable() override {}
  void OnEnd(const Error& end, const HeaderList&) override {
    error = end;
    call->Release();
    ended.Notify();
  }
  void Run() override {
    call = transport->Start(transport->PickLoop(), kClientStream, CallOptions(), this);
    call->Send(Payload::Borrow(kGarbage));
  }

  Transport* const transport;
  TransportCall* call = nullptr;
  Error error;
  Completion ended;
};

TEST_F(InMemoryTransportTest, EndsACallWhoseRequestIsNoMessage) {
  bool read = true;
  Completion done;
  transport_->HandleClientStream<Ping, Pong>(kClientStream, [&](InMemoryCall&, Reader& requests, Pong*) {
    Ping ping;
    read = requests.Read(&ping);
    done.Notify();
    return Error();
  });
  BareCall call(transport_.get());
  transport_->PickLoop()->RunUntil(&call, &call.ended);
  EXPECT_EQ(call.error.code, Code::kInvalidArgument);
  done.Wait();
  EXPECT_FALSE(read);
}

TEST_F(InMemoryTransportTest, EndsRunningCallsWhenItIsDestroyed) {
  Completion begun;
  bool handled = false;
  transport_->HandleClientStream<Ping, Pong>(kClientStream, [&](InMemoryCall& call, Reader&, Pong*) {
    begun.Notify();
    call.WaitUntilCanceled();
    handled = true;
    return Error();
  });
  BareCall call(transport_.get());
  transport_->PickLoop()->Post(&call);
  begun.Wait();
  transport_.reset();
  EXPECT_TRUE(handled);
  call.ended.Wait();
  EXPECT_EQ(call.error.code, Code::kCanceled);
  EXPECT_EQ(call.error.message, "the transport is destroyed");
}

TEST_F(InMemoryTransportTest, IsHeldByTypedCalls) {
  Completion begun;
  Handle([&](InMemoryCall& call, const Ping&, Pong*) {
    begun.Notify();
    call.WaitUntilCanceled();
    return Error();
  });
  Cancellation cancellation;
  CallOptions options;
  options.cancellation = &cancellation;
  std::promise<Code> code;
  CallUnary<Ping, Pong>(transport_, kUnary, Ping(), options,
                        [&](Result<Pong> result) { code.set_value(result.error().code); });
  begun.Wait();
  transport_.reset();
  cancellation.Cancel();
  EXPECT_EQ(code.get_future().get(), Code::kCanceled);
}

TEST_F(InMemoryTransportTest, IsLetGoOfWithinACallback) {
  Handle([](InMemoryCall&, const Ping&, Pong*) { return Error(); });
  Completion done;
  auto* const raw = transport_.get();
  CallUnary<Ping, Pong>(std::exchange(transport_, nullptr), kUnary, Ping(), {}, [&](Result<Pong> result) {
    EXPECT_TRUE(result.ok());
    EXPECT_TRUE(raw->PickLoop()->InLoop());
    done.Notify();
  });
  done.Wait();
}

}  // namespace
}  // namespace connectrpc::test
