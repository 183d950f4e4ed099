// What transcripts cannot say of the client's call machine: memory, borrowed bytes, reuse, and when a head may leave.
#include "protocol/client_call.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/call_registries.h"
#include "protocol/heap_use.h"
#include "protocol/transcript.h"
#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

using protocol::ClientCall;
using protocol::Fields;
using protocol::Show;
using wire::EndStream;
using Event = ClientCall::Event;

constexpr size_t kLargeBytes = 1024 * 1024;
constexpr size_t kPieceBytes = 16 * 1024;
// What a call may keep of an answer that is over.
constexpr size_t kKeptBytes = 8 * 1024;
// Of a call whose answer has headers and no trailers of its own: content type, query, message.
constexpr size_t kMaxAllocations = 4;

std::string Envelope(std::string_view payload, uint8_t flags = 0) {
  std::string bytes;
  wire::AppendEnvelopeHeader({flags, static_cast<uint32_t>(payload.size())}, &bytes);
  return bytes.append(payload);
}

// One way to make a call.
struct Kind {
  const char* name;
  Protocol protocol;
  StreamType type;
  bool get;
  const char* head;  // of a successful answer
  const char* end;   // its end frame, after an envelope
  uint8_t end_flags;
  const char* trailers;  // of HTTP
};

constexpr char kUnaryHead[] = "200\ncontent-type: application/proto\nx: 1\ndate: now\n";
constexpr char kStreamHead[] = "200\ncontent-type: application/connect+proto\nx: 1\ndate: now\n";
constexpr char kGrpcHead[] = "200\ncontent-type: application/grpc\nx: 1\ndate: now\n";
constexpr char kWebHead[] = "200\ncontent-type: application/grpc-web+proto\nx: 1\ndate: now\n";
constexpr char kConnectEnd[] = "{}";
constexpr char kWebEnd[] = "grpc-status: 0\r\n";

constexpr Kind kKinds[] = {
    {"connect unary", Protocol::kConnect, StreamType::kUnary, false, kUnaryHead, nullptr, 0, ""},
    {"connect get", Protocol::kConnect, StreamType::kUnary, true, kUnaryHead, nullptr, 0, ""},
    {"connect stream", Protocol::kConnect, StreamType::kServerStream, false, kStreamHead, kConnectEnd, 2, ""},
    {"connect client stream", Protocol::kConnect, StreamType::kClientStream, false, kStreamHead, kConnectEnd, 2, ""},
    {"grpc", Protocol::kGrpc, StreamType::kUnary, false, kGrpcHead, nullptr, 0, "grpc-status: 0\n"},
    {"grpc stream", Protocol::kGrpc, StreamType::kServerStream, false, kGrpcHead, nullptr, 0, "grpc-status: 0\n"},
    {"grpc-web", Protocol::kGrpcWeb, StreamType::kUnary, false, kWebHead, kWebEnd, 0x80, ""},
    {"grpc-web stream", Protocol::kGrpcWeb, StreamType::kServerStream, false, kWebHead, kWebEnd, 0x80, ""},
};

class ClientCallTest : public testing::Test {
 protected:
  ClientCallTest() {
    config_.compressions = &registries_.compressions;
    config_.user_agent = "connect-cpp/0.1.0";
  }

  void Start(const Kind& kind) {
    method_.stream_type = kind.type;
    method_.idempotency = Idempotency::kNoSideEffects;
    start_.method = &method_;
    start_.protocol = kind.protocol;
    start_.use_get = kind.get;
    start_.metadata = &metadata_;
    request_.Clear();
    body_.Clear();
    ASSERT_TRUE(call_.Start(config_, start_, &request_, &body_).ok());
  }

  static bool bare(const Kind& kind) { return kind.protocol == Protocol::kConnect && kind.type == StreamType::kUnary; }
  static std::string BodyOf(const Kind& kind, std::string_view message) {
    std::string bytes = bare(kind) ? std::string(message) : Envelope(message);
    if (kind.end != nullptr) bytes += Envelope(kind.end, kind.end_flags);
    return bytes;
  }

  // The events of what was given to the call last; messages are copied.
  std::vector<Event> Drain() {
    std::vector<Event> events;
    for (;;) {
      Payload message;
      events.push_back(call_.Next(&message));
      if (events.back() == Event::kNone) break;
      if (events.back() == Event::kMessage) message_ = message.view();
    }
    events.pop_back();
    return events;
  }

  const CallRegistries registries_;
  protocol::ClientCallConfig config_;
  protocol::ClientCallStart start_;
  MethodSpec method_{"/test.v1.Service/Method"};
  HeaderList metadata_ = Fields("a: 1\nb-bin: \\x00\\x01\n");
  ClientCall call_;
  wire::RequestHead request_;
  wire::OutgoingBody body_;
  std::string message_;
};

// A pooled machine, after its first calls.
TEST_F(ClientCallTest, AllocatesLittle) {
  const std::string message(100, 'm');
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    const wire::ResponseHead head = protocol::Response(kind.head);
    const HeaderList trailers = Fields(kind.trailers);
    const std::string body = BodyOf(kind, message);
    size_t taken = 0;
    for (int i = 0; i < 4; ++i) {
      const size_t before = Allocations();
      Start(kind);
      call_.SendMessage(Payload::Borrow(message));
      call_.CloseSend();
      Payload payload;
      call_.OnHead(head, EndStream::kNo);
      while (call_.Next(&payload) != Event::kNone) continue;
      call_.Feed(body);
      while (call_.Next(&payload) != Event::kNone) continue;
      call_.OnEnd(trailers);
      while (call_.Next(&payload) != Event::kNone) continue;
      taken = Allocations() - before;
      ASSERT_TRUE(call_.ended() && call_.end().error.ok());
    }
    EXPECT_LE(taken, kMaxAllocations);
  }
}

// Only there do the encoding, or the whole message, stand in the head.
TEST_F(ClientCallTest, HeadWaitsForABareMessage) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    Start(kind);
    EXPECT_EQ(call_.request_ready(), !bare(kind));
    EXPECT_FALSE(body_.ended);
    call_.SendMessage(Payload::Borrow("m"));
    EXPECT_TRUE(call_.request_ready());
    EXPECT_EQ(body_.ended, !ClientStreams(kind.type));
    call_.CloseSend();
    EXPECT_TRUE(body_.ended);
    EXPECT_EQ(Drain(), std::vector<Event>());
  }
}

TEST_F(ClientCallTest, MessageLiesWhereItWasFed) {
  for (const Kind& kind : kKinds) {
    if (!ServerStreams(kind.type)) continue;
    SCOPED_TRACE(kind.name);
    Start(kind);
    call_.OnHead(protocol::Response(kind.head), EndStream::kNo);
    Drain();
    const std::string body = BodyOf(kind, "message");
    call_.Feed(body);
    Payload payload;
    ASSERT_EQ(call_.Next(&payload), Event::kMessage);
    EXPECT_FALSE(payload.owned());
    EXPECT_EQ(payload.view().data(), body.data() + wire::kEnvelopeHeaderSize);
  }
}

TEST_F(ClientCallTest, LongMessageIsSentWithoutACopy) {
  const Kind& kind = kKinds[5];
  Start(kind);
  std::string message(kLargeBytes, 'm');
  const char* bytes = message.data();
  call_.SendMessage(Payload::Own(std::move(message)));
  std::string_view pieces[4];
  ASSERT_EQ(body_.queue.Peek(pieces, 4), 2u);
  EXPECT_EQ(pieces[1].data(), bytes);
}

TEST_F(ClientCallTest, AnnouncedLengthTakesNoMemory) {
  for (const Kind& kind : kKinds) {
    if (bare(kind)) continue;
    SCOPED_TRACE(kind.name);
    Start(kind);
    call_.OnHead(protocol::Response(kind.head), EndStream::kNo);
    Drain();
    static_cast<void>(TakeLargestAllocation());
    call_.Feed(
        {"\0\0\x3f\xff\xff"
         "abc",
         8});  // nearly the 4 MiB that are permitted
    Drain();
    EXPECT_FALSE(call_.ended());
    EXPECT_EQ(call_.gathered_bytes(), 3u);
    EXPECT_LE(TakeLargestAllocation(), 64 * 1024u + 64);
  }
}

TEST_F(ClientCallTest, CompressedBytesDecideNothingAboutMemory) {
  config_.max_end_bytes = 1000;
  Start(kKinds[2]);
  wire::ResponseHead head = protocol::Response(kStreamHead);
  head.headers.Add("connect-content-encoding", "gzip");
  call_.OnHead(head, EndStream::kNo);
  Drain();
  std::string bomb;
  ASSERT_TRUE(registries_.compressions.Find("gzip")->Compress(std::string(900 * kPieceBytes, ' '), &bomb));
  bomb.resize(1000);
  static_cast<void>(TakeLargestAllocation());
  const std::string body = Envelope(bomb, 3);
  call_.Feed(body);
  Drain();
  EXPECT_EQ(call_.end().error.code, Code::kResourceExhausted);
  EXPECT_LE(TakeLargestAllocation(), 16 * 1024u);
}

TEST_F(ClientCallTest, KeepsNothingOfWhatIsOver) {
  const std::string large(kLargeBytes, 'm');
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    Start(kind);
    const wire::ResponseHead head = protocol::Response(kind.head);
    const size_t before = LiveBytes();
    call_.OnHead(head, EndStream::kNo);
    Drain();
    {
      const std::string body = bare(kind) ? large : Envelope(large);
      std::string_view rest = std::string_view(body).substr(0, kLargeBytes - 1);
      for (; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kPieceBytes))) {
        call_.Feed(rest.substr(0, kPieceBytes));
        ASSERT_EQ(Drain(), std::vector<Event>());
      }
    }
    EXPECT_GE(call_.gathered_bytes(), kLargeBytes - 10);
    EXPECT_GT(LiveBytes(), before + kLargeBytes / 2);
    call_.Fail(Error(Code::kCanceled, "canceled"));
    EXPECT_EQ(call_.gathered_bytes(), 0u);
    EXPECT_LE(LiveBytes(), before + kKeptBytes);
    EXPECT_EQ(Drain(), std::vector<Event>{Event::kEnd});
  }
}

TEST_F(ClientCallTest, StartsAnewInTheMiddleOfACall) {
  for (const Kind& before : kKinds) {
    for (const Kind& after : kKinds) {
      SCOPED_TRACE(std::string(before.name) + ", " + after.name);
      Start(before);
      call_.SendMessage(Payload::Borrow("old"));
      wire::ResponseHead head = protocol::Response(before.head);
      head.headers.Add("content-encoding", bare(before) ? "gzip" : "identity");
      call_.OnHead(head, EndStream::kNo);
      call_.Feed({"\0\0\0\0\4ol", 7});
      Drain();

      Start(after);
      EXPECT_FALSE(call_.ended());
      call_.SendMessage(Payload::Borrow("new"));
      call_.OnHead(protocol::Response(after.head), EndStream::kNo);
      const std::string body = BodyOf(after, "answer");
      call_.Feed(body);
      Drain();
      call_.OnEnd(Fields(after.trailers));
      Drain();
      EXPECT_TRUE(call_.ended());
      EXPECT_EQ(Show(call_.end().error), "ok");
      EXPECT_EQ(message_, "answer");
      EXPECT_EQ(Show(call_.headers()), "x: 1\ndate: now\n");
    }
  }
}

// Next is not asked in between: what has been read already does not come any more.
TEST_F(ClientCallTest, FailureGoesBeforeWhatIsDue) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    Start(kind);
    call_.SendMessage(Payload::Borrow("m"));
    call_.OnHead(protocol::Response(kind.head), EndStream::kNo);
    const std::string body = BodyOf(kind, "answer");
    call_.Feed(body);
    call_.Fail(Error(Code::kDeadlineExceeded, "deadline exceeded"));
    call_.Fail(Error(Code::kCanceled, "late"));
    EXPECT_EQ(Drain(), std::vector<Event>{Event::kEnd});
    EXPECT_EQ(Show(call_.end().error), "deadline_exceeded \"deadline exceeded\"");
    EXPECT_NE(Show(call_.end().error.metadata).find("x: 1\n"), std::string::npos);
  }
}

// What the caller has put into an error stays beside what the server sent.
TEST_F(ClientCallTest, FailureKeepsItsOwnMetadata) {
  Start(kKinds[4]);
  call_.OnHead(protocol::Response(kGrpcHead), EndStream::kNo);
  Error error(Code::kUnavailable, "connection lost");
  error.metadata = Fields("mine: 1\n");
  call_.Fail(error);
  EXPECT_EQ(Show(call_.end().error.metadata), "mine: 1\nx: 1\ndate: now\n");
}

TEST_F(ClientCallTest, WithoutACallThereIsNothing) {
  call_.OnHead(protocol::Response(kGrpcHead), EndStream::kYes);
  call_.Feed("x");
  call_.OnEnd(HeaderList());
  call_.OnReset(0, "");
  call_.Fail(Error(Code::kCanceled, "canceled"));
  call_.SendMessage(Payload::Borrow("m"));
  call_.CloseSend();
  EXPECT_EQ(Drain(), std::vector<Event>());
  EXPECT_TRUE(call_.ended());
}

TEST_F(ClientCallTest, RefusedMetadataLeavesNoCall) {
  metadata_ = Fields("x y: 1\n");
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    method_.stream_type = kind.type;
    start_.method = &method_;
    start_.protocol = kind.protocol;
    start_.metadata = &metadata_;
    EXPECT_EQ(Show(call_.Start(config_, start_, &request_, &body_)),
              "invalid_argument \"header \"x y\" is not valid metadata\"");
    EXPECT_FALSE(call_.request_ready());
    EXPECT_TRUE(call_.ended());
    EXPECT_EQ(Drain(), std::vector<Event>());
  }
}

TEST_F(ClientCallTest, NoMetadataAtAll) {
  Start(kKinds[4]);
  start_.metadata = nullptr;
  ASSERT_TRUE(call_.Start(config_, start_, &request_, &body_).ok());
  EXPECT_FALSE(request_.headers.Find("a").has_value());
}

}  // namespace
}  // namespace connectrpc::test
