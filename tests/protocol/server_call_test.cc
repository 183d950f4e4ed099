// What transcripts cannot say of the call machine: memory, borrowed bytes, reuse, and when a head may leave.
#include "protocol/server_call.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "protocol/heap_use.h"
#include "protocol/server_call_run.h"
#include "protocol/text_body.h"
#include "protocol/transcript.h"
#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

using protocol::Request;
using protocol::ServerCall;
using wire::EndStream;
using wire::Framing;
using Event = ServerCall::Event;
using StartResult = ServerCall::StartResult;

constexpr size_t kLargeBytes = 1024 * 1024;
constexpr size_t kPieceBytes = 16 * 1024;
// What a call may keep of a request that is over.
constexpr size_t kKeptBytes = 8 * 1024;

constexpr Framing kFramings[] = {Framing::kConnectUnary, Framing::kConnectGet, Framing::kConnectStream,
                                 Framing::kGrpc,         Framing::kGrpcWeb,    Framing::kGrpcWebText};

std::string NameOf(Framing framing) {
  return framing == Framing::kConnectGet ? "GET" : wire::FormatContentType(framing, "proto");
}

std::string Envelope(std::string_view payload, uint8_t flags = 0) {
  std::string bytes;
  wire::AppendEnvelopeHeader({flags, static_cast<uint32_t>(payload.size())}, &bytes);
  return bytes.append(payload);
}

std::string Gzip(const CallRegistries& registries, std::string_view bytes) {
  std::string out;
  EXPECT_TRUE(registries.compressions.Find("gzip")->Compress(bytes, &out));
  return out;
}

// Bytes that gzip cannot shorten.
std::string Noise(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

class ServerCallTest : public testing::Test {
 protected:
  ServerCallTest() {
    config_.codecs = &registries_.codecs;
    config_.compressions = &registries_.compressions;
  }

  StartResult Start(Framing framing, StreamType type, std::string_view fields = "", std::string codec = "proto") {
    response_.Clear();
    body_.Clear();
    const bool get = framing == Framing::kConnectGet;
    const std::string line = get ? "GET /a.B/C?message=&encoding=" + codec + "\n" : "POST /a.B/C\n";
    request_ = Request(line + std::string(fields));
    return call_.Start(config_, request_, {framing, std::move(codec)}, type, now_, &response_, &body_);
  }

  // The events of these bytes.
  std::vector<Event> Feed(std::string_view bytes, EndStream end = EndStream::kNo) {
    std::vector<Event> events;
    call_.Feed(bytes, end);
    for (;;) {
      Payload message;
      events.push_back(call_.Next(&message));
      if (events.back() == Event::kNone) break;
    }
    events.pop_back();
    return events;
  }

  std::vector<Event> FeedInPieces(std::string_view bytes) {
    std::vector<Event> events;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(kPieceBytes, bytes.size()))) {
      for (Event event : Feed(bytes.substr(0, kPieceBytes))) events.push_back(event);
    }
    return events;
  }

  const CallRegistries registries_;
  protocol::CallConfig config_;
  const wire::TimePoint now_{std::chrono::hours(1)};
  wire::RequestHead request_;
  wire::ResponseHead response_;
  wire::OutgoingBody body_;
  ServerCall call_;
};

TEST_F(ServerCallTest, RefusesFramingsThatDoNotFitTheMethod) {
  for (Framing framing : kFramings) {
    for (StreamType type :
         {StreamType::kUnary, StreamType::kClientStream, StreamType::kServerStream, StreamType::kBidiStream}) {
      SCOPED_TRACE(NameOf(framing) + ", type " + std::to_string(static_cast<int>(type)));
      const bool unary_only = framing == Framing::kConnectUnary || framing == Framing::kConnectGet;
      const bool fits = unary_only                           ? type == StreamType::kUnary
                        : framing == Framing::kConnectStream ? type != StreamType::kUnary
                                                             : true;
      EXPECT_EQ(Start(framing, type), fits ? StartResult::kStarted : StartResult::kUnsupportedMediaType);
      if (fits) continue;
      // Nothing was written, and nothing is read: the answer is the server's.
      EXPECT_TRUE(Feed(Envelope("x"), EndStream::kYes).empty());
      EXPECT_FALSE(call_.response_ready());
      EXPECT_TRUE(body_.queue.empty());
    }
  }
}

TEST_F(ServerCallTest, TheHeadMayLeaveAsSoonAsItsStatusIsKnown) {
  for (Framing framing : kFramings) {
    SCOPED_TRACE(NameOf(framing));
    const bool at_end = framing == Framing::kConnectUnary || framing == Framing::kConnectGet;
    const StreamType type = at_end ? StreamType::kUnary : StreamType::kServerStream;
    ASSERT_EQ(Start(framing, type), StartResult::kStarted);
    EXPECT_FALSE(call_.response_ready());
    call_.SendHeaders(HeaderList());
    EXPECT_EQ(call_.response_ready(), !at_end);

    ASSERT_EQ(Start(framing, type), StartResult::kStarted);
    call_.SendMessage(Payload::Borrow("x"));
    EXPECT_EQ(call_.response_ready(), !at_end);
    call_.Finish(protocol::RpcEnd());
    EXPECT_TRUE(call_.response_ready());
    EXPECT_TRUE(call_.finished());
    EXPECT_TRUE(body_.ended);
  }
}

TEST_F(ServerCallTest, MessagesThatLieWholeInAPieceAreBorrowed) {
  struct {
    const char* name;
    Framing framing;
    StreamType type;
    std::string bytes;
    size_t cut;  // the request comes in two pieces
    bool owned;
  } cases[] = {
      {"stream, whole", Framing::kGrpc, StreamType::kBidiStream, Envelope("message"), 0, false},
      {"stream, after its header", Framing::kGrpc, StreamType::kBidiStream, Envelope("message"), 5, false},
      {"stream, cut", Framing::kGrpc, StreamType::kBidiStream, Envelope("message"), 6, true},
      {"one message, whole", Framing::kGrpc, StreamType::kUnary, Envelope("message"), 0, false},
      {"one message, cut", Framing::kGrpcWeb, StreamType::kUnary, Envelope("message"), 8, true},
      {"one message, before its end", Framing::kGrpc, StreamType::kServerStream, Envelope("message"), 12, true},
      {"bare, whole", Framing::kConnectUnary, StreamType::kUnary, "message", 0, false},
      {"bare, cut", Framing::kConnectUnary, StreamType::kUnary, "message", 3, true},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ASSERT_EQ(Start(test.framing, test.type), StartResult::kStarted);
    const std::string_view bytes = test.bytes;
    ASSERT_TRUE(Feed(bytes.substr(0, test.cut)).empty());
    call_.Feed(bytes.substr(test.cut), EndStream::kYes);
    Payload message;
    ASSERT_EQ(call_.Next(&message), Event::kMessage);
    EXPECT_EQ(message.view(), "message");
    EXPECT_EQ(message.owned(), test.owned);
    EXPECT_EQ(message.view().data() == bytes.data() + bytes.size() - 7, !test.owned);
  }
}

// Each of these leaves a call behind in the middle of something.
TEST_F(ServerCallTest, ACallRemembersNothingOfTheOneBefore) {
  const struct {
    const char* name;
    void (*leave)(ServerCall* call);
  } cases[] = {
      {"finished", [](ServerCall* call) { call->Finish(protocol::RpcEnd()); }},
      {"failed", [](ServerCall* call) { call->Fail(Error(Code::kAborted, "no")); }},
      {"sent headers", [](ServerCall* call) { call->SendHeaders(protocol::Fields("x: 1\n")); }},
      {"sent a message", [](ServerCall* call) { call->SendMessage(Payload::Borrow("x")); }},
      {"untouched", [](ServerCall*) {}},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ASSERT_EQ(Start(Framing::kGrpc, StreamType::kUnary, "grpc-timeout: 5S\ngrpc-encoding: gzip\nx: 1\n", "json"),
              StartResult::kStarted);
    Feed(Envelope("{}"));
    Feed(std::string_view("\0\0\0", 3));
    test.leave(&call_);

    ASSERT_EQ(Start(Framing::kGrpc, StreamType::kUnary), StartResult::kStarted);
    EXPECT_FALSE(call_.response_ready());
    EXPECT_FALSE(call_.finished());
    EXPECT_TRUE(call_.error().ok());
    EXPECT_EQ(call_.deadline(), wire::kNever);
    EXPECT_EQ(call_.codec()->name(), "proto");
    EXPECT_TRUE(call_.request().metadata.empty());
    EXPECT_EQ(Feed(Envelope("ping"), EndStream::kYes), (std::vector<Event>{Event::kMessage, Event::kHalfClosed}));
    call_.SendMessage(Payload::Borrow("pong"));
    call_.Finish(protocol::RpcEnd());
    EXPECT_EQ(protocol::Show(response_.headers), "content-type: application/grpc\ngrpc-accept-encoding: gzip\n");
    EXPECT_EQ(protocol::Bytes(body_.queue), Envelope("pong"));
    EXPECT_EQ(protocol::Show(body_.trailers), "grpc-status: 0\n");
  }
}

TEST_F(ServerCallTest, KnowsTheCodecOfARefusedCall) {
  EXPECT_EQ(Start(Framing::kGrpc, StreamType::kUnary, "grpc-timeout: x\n", "json"), StartResult::kAnswered);
  ASSERT_NE(call_.codec(), nullptr);
  EXPECT_EQ(call_.codec()->name(), "json");
  EXPECT_EQ(Start(Framing::kGrpc, StreamType::kUnary, "", "thrift"), StartResult::kAnswered);
  EXPECT_EQ(call_.codec(), nullptr);
  EXPECT_EQ(Start(Framing::kConnectUnary, StreamType::kUnary, "", "thrift"), StartResult::kUnsupportedMediaType);
  EXPECT_EQ(call_.codec(), nullptr);
  EXPECT_EQ(Start(Framing::kConnectUnary, StreamType::kBidiStream), StartResult::kUnsupportedMediaType);
  ASSERT_NE(call_.codec(), nullptr);
  EXPECT_EQ(call_.codec()->name(), "proto");
}

TEST_F(ServerCallTest, ReportsTheErrorThatIsOnTheWire) {
  for (Framing framing : kFramings) {
    SCOPED_TRACE(NameOf(framing));
    const StreamType type = framing == Framing::kConnectStream ? StreamType::kClientStream : StreamType::kUnary;
    ASSERT_EQ(Start(framing, type), StartResult::kStarted);
    call_.SendMessage(Payload::Borrow("x"));
    protocol::RpcEnd end;
    end.trailers = protocol::Fields("bad name: 1\n");
    call_.Finish(end);
    EXPECT_EQ(call_.error().code, Code::kInternal);

    ASSERT_EQ(Start(framing, type), StartResult::kStarted);
    end.error = Error(static_cast<Code>(17), "no such code");
    call_.Finish(end);
    EXPECT_EQ(call_.error().code, Code::kUnknown);
  }
}

// A unary limit that is less than an envelope's header must not wrap around.
TEST_F(ServerCallTest, AnEnvelopeCountsAgainstTheUnaryBody) {
  const struct {
    size_t max_unary_body_bytes;
    size_t payload_bytes;
    bool fits;
  } cases[] = {{0, 0, true}, {0, 1, false}, {5, 0, true}, {5, 1, false}, {6, 1, true}, {6, 2, false}};
  for (const auto& test : cases) {
    SCOPED_TRACE(test.max_unary_body_bytes);
    SCOPED_TRACE(test.payload_bytes);
    config_.max_unary_body_bytes = test.max_unary_body_bytes;
    const std::string request = Envelope(std::string(test.payload_bytes, 'x'));
    ASSERT_EQ(Start(Framing::kGrpc, StreamType::kUnary), StartResult::kStarted);
    EXPECT_EQ(Feed(request, EndStream::kYes).front(), test.fits ? Event::kMessage : Event::kFailed);
    // It is no limit of streams.
    ASSERT_EQ(Start(Framing::kGrpc, StreamType::kServerStream), StartResult::kStarted);
    EXPECT_EQ(Feed(request, EndStream::kYes).front(), Event::kMessage);
  }
}

TEST_F(ServerCallTest, DeadlinesFollowThePolicy) {
  using std::chrono::milliseconds;
  constexpr milliseconds kMost = milliseconds::max();
  const struct {
    const char* name;
    DeadlinePolicy policy;
    const char* timeout;  // null: the caller sets none
    wire::TimePoint deadline;
  } cases[] = {
      {"no policy, no timeout", {}, nullptr, wire::kNever},
      {"no policy", {}, "1000m", now_ + milliseconds(1000)},
      {"below min", {milliseconds(1000), {}, {}, {}}, "999m", now_ + milliseconds(1000)},
      {"at min", {milliseconds(1000), {}, {}, {}}, "1000m", now_ + milliseconds(1000)},
      {"above min", {milliseconds(1000), {}, {}, {}}, "1001m", now_ + milliseconds(1001)},
      {"none is not raised", {milliseconds(1000), {}, {}, {}}, nullptr, wire::kNever},
      {"zero is raised", {milliseconds(1), {}, {}, {}}, "0m", now_ + milliseconds(1)},
      {"below max", {{}, milliseconds(1000), {}, {}}, "999m", now_ + milliseconds(999)},
      {"at max", {{}, milliseconds(1000), {}, {}}, "1000m", now_ + milliseconds(1000)},
      {"above max", {{}, milliseconds(1000), {}, {}}, "1001m", now_ + milliseconds(1000)},
      {"far above max", {{}, milliseconds(1000), {}, {}}, "99999999H", now_ + milliseconds(1000)},
      {"none is not cut", {{}, milliseconds(1000), {}, {}}, nullptr, wire::kNever},
      {"max counts where min is more",
       {milliseconds(2000), milliseconds(1000), {}, {}},
       "5m",
       now_ + milliseconds(1000)},
      {"none", {{}, {}, milliseconds(1000), {}}, nullptr, now_ + milliseconds(1000)},
      {"none is for those without", {{}, {}, milliseconds(1000), {}}, "1001m", now_ + milliseconds(1001)},
      {"negative values are off",
       {milliseconds(-1), milliseconds(-1), milliseconds(-1), {}},
       "7m",
       now_ + milliseconds(7)},
      {"more than a clock holds", {kMost, {}, {}, {}}, "1m", wire::kNever},
      {"more than a clock holds, for none", {{}, {}, kMost, {}}, nullptr, wire::kNever},
      {"the wait for a message is not ours", {{}, {}, {}, milliseconds(1)}, nullptr, wire::kNever},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    config_.deadlines = test.policy;
    const std::string field = test.timeout == nullptr ? "" : std::string("grpc-timeout: ") + test.timeout + "\n";
    EXPECT_EQ(Start(Framing::kGrpc, StreamType::kUnary, field), StartResult::kStarted);
    EXPECT_EQ(call_.deadline(), test.deadline);
  }
}

TEST_F(ServerCallTest, StreamsAwaitMessagesUntilTheRequestEnds) {
  const struct {
    const char* name;
    Framing framing;
    StreamType type;
    bool streams;
  } cases[] = {
      {"unary", Framing::kGrpc, StreamType::kUnary, false},
      {"bare", Framing::kConnectUnary, StreamType::kUnary, false},
      {"client stream", Framing::kGrpc, StreamType::kClientStream, true},
      {"server stream", Framing::kConnectStream, StreamType::kServerStream, true},
      {"bidi stream", Framing::kGrpcWeb, StreamType::kBidiStream, true},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ASSERT_EQ(Start(test.framing, test.type), StartResult::kStarted);
    EXPECT_EQ(call_.awaiting_message(), test.streams);
    const std::string message = Envelope("ping");
    Feed(std::string_view(message).substr(0, 7));
    EXPECT_EQ(call_.awaiting_message(), test.streams);
    Feed(std::string_view(message).substr(7));
    EXPECT_EQ(call_.awaiting_message(), test.streams);
    call_.SendHeaders(HeaderList());
    EXPECT_EQ(call_.awaiting_message(), test.streams);
    Feed({}, EndStream::kYes);
    EXPECT_FALSE(call_.awaiting_message());

    ASSERT_EQ(Start(test.framing, test.type), StartResult::kStarted);
    call_.Finish(protocol::RpcEnd());
    EXPECT_FALSE(call_.awaiting_message());
    ASSERT_EQ(Start(test.framing, test.type), StartResult::kStarted);
    call_.Fail(Error(Code::kAborted, "no"));
    EXPECT_FALSE(call_.awaiting_message());
  }
}

// Who inspects messages before the handler may refuse each.
TEST_F(ServerCallTest, AMessageCanBeRefused) {
  for (Framing framing : kFramings) {
    SCOPED_TRACE(NameOf(framing));
    const bool bare = framing == Framing::kConnectUnary || framing == Framing::kConnectGet;
    ASSERT_EQ(Start(framing, bare ? StreamType::kUnary : StreamType::kBidiStream), StartResult::kStarted);
    const std::string two = Envelope("first") + Envelope("second");
    const std::string body = bare ? "" : wire::IsText(framing) ? PaddedBase64(two) : two;
    call_.Feed(body, EndStream::kYes);
    Payload message;
    ASSERT_EQ(call_.Next(&message), Event::kMessage);
    const std::string seen(message.view());
    call_.Fail(Error(Code::kPermissionDenied, "no"));
    // What was handed over stays readable until the next one is asked for.
    EXPECT_EQ(message.view(), seen);
    EXPECT_EQ(call_.Next(&message), Event::kFailed);
    EXPECT_EQ(call_.Next(&message), Event::kNone);
    EXPECT_TRUE(call_.finished());
    EXPECT_EQ(call_.error().code, Code::kPermissionDenied);
    EXPECT_TRUE(body_.ended);
  }
}

TEST_F(ServerCallTest, CountsMessagesAsTheyTravel) {
  config_.compress_min_bytes = 100;
  const std::string large(1000, 'a');
  const std::string gzip = Gzip(registries_, large);
  for (Framing framing : {Framing::kGrpc, Framing::kGrpcWeb, Framing::kGrpcWebText}) {
    SCOPED_TRACE(NameOf(framing));
    ASSERT_EQ(Start(framing, StreamType::kBidiStream, "grpc-encoding: gzip\n"), StartResult::kStarted);
    const std::string bytes = Envelope("ping") + Envelope(gzip, 1) + Envelope("") + Envelope("cut").substr(0, 7);
    Feed(wire::IsText(framing) ? PaddedBase64(bytes) : bytes);
    EXPECT_EQ(call_.counts().request_messages, 3u);
    EXPECT_EQ(call_.counts().request_bytes, 4 + gzip.size());
    EXPECT_EQ(call_.counts().response_messages, 0u);
    call_.SendMessage(Payload::Borrow("pong!"));
    call_.SendMessage(Payload::Borrow(large));
    EXPECT_EQ(call_.counts().response_messages, 2u);
    EXPECT_EQ(call_.counts().response_bytes, 5 + gzip.size());
    call_.Finish(protocol::RpcEnd());
    call_.SendMessage(Payload::Borrow("late"));
    // What ends a call is no message.
    EXPECT_EQ(call_.counts().response_messages, 2u);
    EXPECT_EQ(call_.counts().request_messages, 3u);
  }
  ASSERT_EQ(Start(Framing::kGrpc, StreamType::kUnary), StartResult::kStarted);
  EXPECT_EQ(call_.counts().request_messages, 0u);
  EXPECT_EQ(call_.counts().request_bytes, 0u);
  EXPECT_EQ(call_.counts().response_messages, 0u);
  EXPECT_EQ(call_.counts().response_bytes, 0u);
}

TEST_F(ServerCallTest, CountsBareMessages) {
  ASSERT_EQ(Start(Framing::kConnectUnary, StreamType::kUnary), StartResult::kStarted);
  Feed("pi");
  EXPECT_EQ(call_.counts().request_messages, 0u);
  Feed("ng", EndStream::kYes);
  EXPECT_EQ(call_.counts().request_messages, 1u);
  EXPECT_EQ(call_.counts().request_bytes, 4u);
  call_.SendMessage(Payload::Borrow("pong!"));
  EXPECT_EQ(call_.counts().response_messages, 1u);
  EXPECT_EQ(call_.counts().response_bytes, 5u);
  // The message is dropped for the error.
  call_.Fail(Error(Code::kAborted, "no"));
  EXPECT_EQ(call_.counts().response_messages, 0u);
  EXPECT_EQ(call_.counts().response_bytes, 0u);
  EXPECT_EQ(call_.counts().request_messages, 1u);

  ASSERT_EQ(Start(Framing::kConnectGet, StreamType::kUnary), StartResult::kStarted);
  Feed({}, EndStream::kYes);
  EXPECT_EQ(call_.counts().request_messages, 1u);
  EXPECT_EQ(call_.counts().request_bytes, 0u);
}

TEST_F(ServerCallTest, CompressionCanBeDisabledUntilTheFirstMessage) {
  config_.compress_min_bytes = 0;
  const std::string large(1000, 'a');
  for (Framing framing : kFramings) {
    SCOPED_TRACE(NameOf(framing));
    const bool bare = framing == Framing::kConnectUnary || framing == Framing::kConnectGet;
    const std::string_view encoding_field = bare                                 ? "content-encoding"
                                            : framing == Framing::kConnectStream ? "connect-content-encoding"
                                                                                 : "grpc-encoding";
    const char* accept = "accept-encoding: gzip\nconnect-accept-encoding: gzip\ngrpc-accept-encoding: gzip\n";
    for (bool before : {true, false}) {
      SCOPED_TRACE(before);
      ASSERT_EQ(Start(framing, bare ? StreamType::kUnary : StreamType::kServerStream, accept), StartResult::kStarted);
      if (before) call_.DisableCompression();
      call_.SendMessage(Payload::Borrow(large));
      call_.DisableCompression();
      if (!bare) call_.SendMessage(Payload::Borrow(large));
      call_.Finish(protocol::RpcEnd());
      EXPECT_EQ(response_.headers.Find(encoding_field).has_value(), !before);
      const size_t messages = bare ? 1 : 2;
      if (before) {
        EXPECT_EQ(call_.counts().response_bytes, messages * large.size());
      } else {
        EXPECT_LT(call_.counts().response_bytes, large.size());
      }
    }
  }
}

TEST_F(ServerCallTest, MessagesMayBeLeftUncompressedOneByOne) {
  const std::string large(10000, 'a');
  ASSERT_EQ(Start(Framing::kConnectStream, StreamType::kServerStream, "connect-accept-encoding: gzip\n"),
            StartResult::kStarted);
  const auto sent = [&] {
    const uint64_t before = call_.counts().response_bytes;
    call_.SendMessage(Payload::Borrow(large));
    return call_.counts().response_bytes - before;
  };
  EXPECT_LT(sent(), large.size());
  call_.SetCompressing(false);
  EXPECT_EQ(sent(), large.size());
  call_.SetCompressing(true);
  EXPECT_LT(sent(), large.size());
  call_.SetCompressing(false);
  // The next call knows nothing of it.
  ASSERT_EQ(Start(Framing::kConnectStream, StreamType::kServerStream, "connect-accept-encoding: gzip\n"),
            StartResult::kStarted);
  EXPECT_LT(sent(), large.size());
}

// In place or not, the answer is the same.
TEST_F(ServerCallTest, AMessageCanBeWrittenInPlace) {
  const std::string large = Noise(100 * 1024);
  for (Framing framing : kFramings) {
    SCOPED_TRACE(NameOf(framing));
    const bool unary = framing == Framing::kConnectUnary || framing == Framing::kConnectGet;
    for (const std::string& message : {std::string(), std::string("pong"), large}) {
      SCOPED_TRACE(message.size());
      const StreamType type = unary ? StreamType::kUnary : StreamType::kServerStream;
      ASSERT_EQ(Start(framing, type), StartResult::kStarted);
      call_.SendMessage(Payload::Borrow(message));
      call_.Finish(protocol::RpcEnd());
      const std::string expected = protocol::Bytes(body_.queue);
      ASSERT_EQ(Start(framing, type), StartResult::kStarted);
      char* const room = call_.SendMessageInPlace(message.size());
      ASSERT_EQ(room == nullptr, framing == Framing::kGrpcWebText);
      if (room == nullptr) continue;
      message.copy(room, message.size());
      EXPECT_EQ(call_.counts().response_messages, 1u);
      EXPECT_EQ(call_.counts().response_bytes, message.size());
      call_.Finish(protocol::RpcEnd());
      EXPECT_TRUE(call_.error().ok());
      EXPECT_EQ(protocol::Bytes(body_.queue), expected);
    }
  }
}

TEST_F(ServerCallTest, AMessageIsNotWrittenInPlaceWhereItsBytesMatter) {
  ASSERT_EQ(Start(Framing::kGrpc, StreamType::kServerStream, "grpc-accept-encoding: gzip\n"), StartResult::kStarted);
  EXPECT_EQ(call_.SendMessageInPlace(config_.compress_min_bytes), nullptr);
  EXPECT_FALSE(call_.response_ready());
  EXPECT_NE(call_.SendMessageInPlace(config_.compress_min_bytes - 1), nullptr);

  // A second answer: the error is SendMessage's to report.
  ASSERT_EQ(Start(Framing::kGrpc, StreamType::kUnary), StartResult::kStarted);
  EXPECT_NE(call_.SendMessageInPlace(0), nullptr);
  EXPECT_EQ(call_.SendMessageInPlace(0), nullptr);
  call_.SendMessage(Payload());
  EXPECT_EQ(call_.error().code, Code::kInternal);
  EXPECT_EQ(call_.SendMessageInPlace(0), nullptr);
}

// A browser decodes what has come so far: each message, and the end, is a padded text of its own.
TEST_F(ServerCallTest, TextIsPaddedAfterEachMessage) {
  ASSERT_EQ(Start(Framing::kGrpcWebText, StreamType::kServerStream), StartResult::kStarted);
  std::string expected;
  for (const std::string& message : {std::string(), std::string("a"), std::string("ab"), Noise(100 * 1024)}) {
    call_.SendMessage(Payload::Borrow(message));
    expected += PaddedBase64(Envelope(message));
    EXPECT_EQ(protocol::Bytes(body_.queue), expected);
  }
  call_.Finish(protocol::RpcEnd());
  expected += PaddedBase64(Envelope("grpc-status: 0\r\n", 0x80));
  EXPECT_EQ(protocol::Bytes(body_.queue), expected);
}

TEST_F(ServerCallTest, WhatWasDecodedOfTextIsNotKept) {
  const std::string noise = Noise(kLargeBytes);
  const std::string text = PaddedBase64(Envelope(noise));
  ASSERT_EQ(Start(Framing::kGrpcWebText, StreamType::kBidiStream), StartResult::kStarted);
  const size_t before = LiveBytes();
  EXPECT_EQ(FeedInPieces(text), std::vector<Event>{Event::kMessage});
  EXPECT_LE(LiveBytes(), before + kKeptBytes);
  // Nor where the call ends with it.
  for (const char* last : {"*", "////"}) {
    SCOPED_TRACE(last);
    ASSERT_EQ(Start(Framing::kGrpcWebText, StreamType::kBidiStream), StartResult::kStarted);
    call_.Feed(text + last, EndStream::kNo);
    Payload message;
    EXPECT_EQ(call_.Next(&message), Event::kMessage);
    EXPECT_EQ(message.view(), noise);
    if (*last == '/') call_.Fail(Error(Code::kAborted, "no"));
    EXPECT_EQ(call_.Next(&message), Event::kFailed);
    EXPECT_LE(LiveBytes(), before + kKeptBytes);
  }
}

// Limits are those of bytes: a unary text body may be a third longer, and more with padding inside.
TEST_F(ServerCallTest, LimitsOfTextCountWhatItStandsFor) {
  config_.max_unary_body_bytes = 5 + 30;
  config_.max_message_bytes = 1000;
  for (size_t size : {30u, 31u}) {
    SCOPED_TRACE(size);
    const std::string bytes = Envelope(std::string(size, 'x'));
    std::string scattered;
    for (char byte : bytes) scattered += PaddedBase64({&byte, 1});
    for (const std::string& text : {PaddedBase64(bytes), scattered}) {
      ASSERT_EQ(Start(Framing::kGrpcWebText, StreamType::kUnary), StartResult::kStarted);
      EXPECT_EQ(Feed(text, EndStream::kYes).front(), size == 30 ? Event::kMessage : Event::kFailed);
    }
  }
}

TEST_F(ServerCallTest, AStreamDoesNotKeepTheBufferOfItsLargestMessage) {
  const std::string noise = Noise(kLargeBytes);
  const std::string plain = Envelope(noise);
  const std::string compressed = Envelope(Gzip(registries_, noise), 1);
  for (const std::string* bytes : {&plain, &compressed}) {
    SCOPED_TRACE(bytes == &plain ? "plain" : "compressed");
    ASSERT_EQ(Start(Framing::kGrpc, StreamType::kBidiStream, "grpc-encoding: gzip\n"), StartResult::kStarted);
    Feed(Envelope("small"));
    const size_t before = LiveBytes();
    EXPECT_EQ(FeedInPieces(*bytes), std::vector<Event>{Event::kMessage});
    EXPECT_LE(LiveBytes(), before + kKeptBytes);
  }
}

TEST_F(ServerCallTest, NothingOfTheRequestIsKeptOnceTheCallIsOver) {
  const struct {
    const char* name;
    void (*end)(ServerCall* call);
  } ends[] = {
      {"failed", [](ServerCall* call) { call->Fail(Error(Code::kCanceled, "gone")); }},
      {"finished", [](ServerCall* call) { call->Finish(protocol::RpcEnd()); }},
      {"given up", [](ServerCall* call) { call->StopReading(); }},
  };
  const struct {
    const char* name;
    Framing framing;
    StreamType type;
    std::string bytes;
    size_t size;  // of them, how many come
  } requests[] = {
      {"bare", Framing::kConnectUnary, StreamType::kUnary, std::string(kLargeBytes, 'x'), kLargeBytes},
      {"inside a message of text", Framing::kGrpcWebText, StreamType::kBidiStream,
       PaddedBase64(Envelope(std::string(kLargeBytes, 'x'))), kLargeBytes},
      {"inside a message", Framing::kGrpc, StreamType::kBidiStream, Envelope(std::string(kLargeBytes, 'x')),
       kLargeBytes},
      {"before the end", Framing::kGrpc, StreamType::kUnary, Envelope(std::string(kLargeBytes, 'x')), kLargeBytes + 5},
  };
  for (const auto& request : requests) {
    for (const auto& end : ends) {
      SCOPED_TRACE(std::string(request.name) + ", " + end.name);
      ASSERT_EQ(Start(request.framing, request.type), StartResult::kStarted);
      const size_t before = LiveBytes();
      EXPECT_TRUE(FeedInPieces(std::string_view(request.bytes).substr(0, request.size)).empty());
      EXPECT_GT(LiveBytes(), before + kLargeBytes / 2);
      end.end(&call_);
      EXPECT_LE(LiveBytes(), before + kKeptBytes);
      // Nor is what comes later.
      FeedInPieces(request.bytes);
      EXPECT_LE(LiveBytes(), before + kKeptBytes);
    }
  }
}

TEST_F(ServerCallTest, AnAnnouncedLengthAllocatesLittle) {
  ASSERT_EQ(Start(Framing::kGrpc, StreamType::kBidiStream), StartResult::kStarted);
  const size_t before = LiveBytes();
  std::string header;
  wire::AppendEnvelopeHeader({0, static_cast<uint32_t>(config_.max_message_bytes)}, &header);
  EXPECT_TRUE(Feed(header + "x").empty());
  EXPECT_LE(LiveBytes(), before + 64 * 1024 + kKeptBytes);
}

}  // namespace
}  // namespace connectrpc::test
