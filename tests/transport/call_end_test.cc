// Deadline, cancellation and release at each step of a call: what its receiver is told, and what the server sees.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/fake_server.h"
#include "transport/raw_server.h"
#include "transport/recorded_call.h"
#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

enum class Action { kDeadline, kCancel, kRelease };

const Action kActions[] = {Action::kDeadline, Action::kCancel, Action::kRelease};

const char* NameOf(Action action) {
  return action == Action::kDeadline ? "deadline" : action == Action::kCancel ? "cancel" : "release";
}

CallOptions OptionsFor(Action action) {
  CallOptions options;
  if (action == Action::kDeadline) options.timeout = milliseconds(600);
  return options;
}

void Act(Action action, RecordedCall& call) {
  if (action == Action::kCancel) call.Cancel();
  if (action == Action::kRelease) call.Release();
  if (action == Action::kDeadline) {
    EXPECT_EQ(call.WaitEnd().code, Code::kDeadlineExceeded);
  }
  if (action == Action::kCancel) {
    EXPECT_EQ(call.WaitEnd().code, Code::kCanceled);
    EXPECT_EQ(call.WaitEnd().message, "test");
  }
}

// The call goes on after the end of this one.
void ExpectAnotherCall(HttpTransport* transport, RawHttp2& peer) {
  RecordedCall call(transport);
  call.Start(kEcho, "x");
  peer.Answer(peer.NextRequest(), "y");
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
}

struct Step {
  const char* name;
  std::string http1;  // what the server has sent by then
  std::vector<std::string> data;
  bool head;
  std::function<void(RecordedCall&)> wait;
};

std::vector<Step> Steps() {
  const std::string head =
      "HTTP/1.1 200 OK\r\ncontent-type: application/connect+proto\r\ntransfer-encoding: chunked\r\n\r\n";
  const std::string message = Enveloped("message");
  const auto chunk = [](const std::string& bytes) {
    char size[8];
    std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
  };
  return {
      {"request sent", "", {}, false, [](RecordedCall&) {}},
      {"head", head, {}, true, [](RecordedCall& call) { call.WaitHeaders(); }},
      {"part of a message",
       head + chunk(message.substr(0, 8)),
       {message.substr(0, 8)},
       true,
       [](RecordedCall& call) { call.WaitHeaders(); }},
      {"message", head + chunk(message), {message}, true, [](RecordedCall& call) { call.WaitMessages(1); }},
  };
}

TEST(CallEndTest, AtEachStepOnHttp2) {
  for (const Action action : kActions) {
    for (const Step& step : Steps()) {
      SCOPED_TRACE(std::string(NameOf(action)) + " at: " + step.name);
      RawServer server;
      auto transport = MakeTransport(server.url(), Http2Options());
      RecordedCall call(transport.get());
      call.Start(kExpand, "x", OptionsFor(action));
      RawHttp2 peer(server.Accept());
      const int32_t id = peer.NextRequest();
      if (step.head) peer.SendHead(id, {{":status", "200"}, {"content-type", "application/connect+proto"}});
      for (const std::string& bytes : step.data) peer.SendData(id, bytes);
      if (action != Action::kDeadline) step.wait(call);
      Act(action, call);
      const RawFrame reset = peer.Next(NGHTTP2_RST_STREAM);
      EXPECT_EQ(reset.stream_id, id);
      EXPECT_EQ(ReadUint32(reset.payload), uint32_t{NGHTTP2_CANCEL});
      ExpectAnotherCall(transport.get(), peer);
      EXPECT_EQ(transport->stats().connections_made, 1u);
    }
  }
}

TEST(CallEndTest, AtEachStepOnHttp1) {
  for (const Action action : kActions) {
    for (const Step& step : Steps()) {
      SCOPED_TRACE(std::string(NameOf(action)) + " at: " + step.name);
      RawServer server;
      auto transport = MakeTransport(server.url());
      RecordedCall call(transport.get());
      call.Start(kExpand, "x", OptionsFor(action));
      RawConnection peer = server.Accept();
      peer.ReceiveUntil("\r\n\r\n");
      peer.Send(step.http1);
      if (action != Action::kDeadline) step.wait(call);
      Act(action, call);
      peer.ReceiveToEnd();
    }
  }
}

// Whoever gives up does not take the connection along: the next caller gets it.
TEST(CallEndTest, WhileTheConnectionIsMade) {
  for (const Action action : kActions) {
    SCOPED_TRACE(NameOf(action));
    RawServer server;
    auto transport = MakeTransport(server.url(), Http2Options());
    RecordedCall call(transport.get());
    call.Start(kEcho, "x", OptionsFor(action));
    RawConnection connection = server.Accept();
    Act(action, call);
    RecordedCall next(transport.get());
    next.Start(kEcho, "x");
    RawHttp2 peer(std::move(connection));
    peer.Answer(peer.NextRequest(), "y");
    EXPECT_TRUE(next.WaitEnd().ok()) << next.WaitEnd().message;
  }
}

// The receiver has not said what it wants to send.
TEST(CallEndTest, BeforeTheRequest) {
  for (const Action action : kActions) {
    SCOPED_TRACE(NameOf(action));
    RawServer server;
    auto transport = MakeTransport(server.url());
    RecordedCall call(transport.get());
    call.Begin(kEcho, OptionsFor(action));
    Act(action, call);
    EXPECT_EQ(transport->stats().connecting, 0u);
  }
}

TEST(CallEndTest, InsideEvents) {
  for (const std::string event : {"headers", "message", "end"}) {
    for (const bool release : {false, true}) {
      for (const bool http2 : {false, true}) {
        SCOPED_TRACE(event + (release ? " release" : " cancel") + (http2 ? " HTTP/2" : " HTTP/1.1"));
        FakeServer server;
        auto transport = MakeTransport("http://127.0.0.1:" + std::to_string(server.port()),
                                       http2 ? Http2Options(Protocol::kGrpc) : HttpTransportOptions());
        {
          RecordedCall call(transport.get());
          Completion seen;
          bool done = false;
          call.SetHook([&](RecordedCall& self, const std::string& now) {
            if (now != event || std::exchange(done, true)) return;
            if (release) {
              self.call()->Release();
              self.DropCall();
            } else {
              self.call()->Cancel(Error(Code::kAborted, "enough"));
            }
            seen.Notify();
          });
          call.Start(kExpand, "3");
          seen.Wait();
          if (!release) {
            EXPECT_EQ(call.WaitEnd().code, event == "end" ? Code::kOk : Code::kAborted);
          }
          EXPECT_EQ(call.events().back(), release ? event : "end");
        }
        RecordedCall next(transport.get());
        next.Start(kEcho, "x");
        EXPECT_TRUE(next.WaitEnd().ok()) << next.WaitEnd().message;
      }
    }
  }
}

// No end is due any more, and neither is the deadline.
TEST(CallEndTest, CanceledAndReleasedAtOnce) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  CallOptions options;
  options.timeout = milliseconds(400);
  RecordedCall call(transport.get());
  call.Start(kEcho, "x", options);
  RawHttp2 peer(server.Accept());
  peer.NextRequest();
  call.OnLoop([&] {
    call.call()->Cancel(Error(Code::kAborted, "enough"));
    call.call()->Release();
    call.DropCall();
  });
  EXPECT_EQ(peer.Next(NGHTTP2_RST_STREAM).stream_id, 1);
  // Another one lasts longer than that deadline.
  RecordedCall next(transport.get());
  options.timeout = milliseconds(500);
  next.Start(kHold, "x", options);
  EXPECT_EQ(next.WaitEnd().code, Code::kDeadlineExceeded);
  EXPECT_TRUE(call.events().empty());
}

// Nothing that the server does helps it.
TEST(CallEndTest, DeadlineWinsOverABrokenStream) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  CallOptions options;
  options.timeout = milliseconds(400);
  RecordedCall call(transport.get());
  // The loop sees the reset after the deadline has passed.
  RawHttp2* peer = nullptr;
  call.Start(kEcho, "x", options);
  RawHttp2 connection(server.Accept());
  peer = &connection;
  const int32_t id = peer->NextRequest();
  call.OnLoop([&] {
    const auto end = std::chrono::steady_clock::now() + milliseconds(410);
    while (std::chrono::steady_clock::now() < end) {
    }
    peer->SendReset(id, NGHTTP2_CANCEL);
  });
  EXPECT_EQ(call.WaitEnd().code, Code::kDeadlineExceeded);
}

TEST(CallEndTest, ResponsesMetadataIsKept) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall call(transport.get());
  call.Start(kExpand, "x");
  RawHttp2 peer(server.Accept());
  peer.SendHead(peer.NextRequest(),
                {{":status", "200"}, {"content-type", "application/connect+proto"}, {"x-seen", "yes"}});
  call.WaitHeaders();
  call.Cancel();
  const Error error = call.WaitEnd();
  EXPECT_EQ(error.code, Code::kCanceled);
  EXPECT_EQ(error.metadata.Find("x-seen").value_or(""), "yes");
}

// The server has answered, and does not end its response: the call is over, the stream is given up later.
TEST(CallEndTest, AnEndWithoutTheEndOfTheResponse) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall call(transport.get());
  call.Start(kExpand, "x");
  RawHttp2 peer(server.Accept());
  const int32_t id = peer.NextRequest();
  peer.SendHead(id, {{":status", "200"}, {"content-type", "application/connect+proto"}});
  std::string end = Enveloped("{}");
  end[0] = 2;
  peer.SendData(id, Enveloped("1") + end);
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  call.Release();
  // More than is worth waiting for.
  for (int i = 0; i < 5; ++i) peer.SendData(id, std::string(16 * 1024, 'x'));
  EXPECT_EQ(peer.Next(NGHTTP2_RST_STREAM).stream_id, id);
  ExpectAnotherCall(transport.get(), peer);
}

}  // namespace
}  // namespace connectrpc::test
