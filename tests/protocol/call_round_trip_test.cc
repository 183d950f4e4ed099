// A call from end to end: what ClientCall writes ServerCall reads, and the other way, in every protocol, type of
// method, codec and compression.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "codec/compression_options.h"
#include "protocol/call_registries.h"
#include "protocol/client_call.h"
#include "protocol/server_call.h"
#include "protocol/server_call_run.h"
#include "protocol/transcript.h"
#include "wire/encoding_list.h"

namespace connectrpc::test {
namespace {

using protocol::ClientCall;
using protocol::Fields;
using protocol::ServerCall;
using protocol::Show;

enum class Way { kConnect, kConnectGet, kGrpc, kGrpcWeb };

// How the server answers.
enum class Outcome {
  kSuccess,
  kErrorAtOnce,        // without headers of its own
  kErrorAfterHeaders,  // and, for streams, messages
};

struct Case {
  std::string codec = "proto";
  std::string compression;  // of requests
  bool accepts = true;
  size_t piece_bytes = SIZE_MAX;
  Outcome outcome = Outcome::kSuccess;
};

// As one end saw the other.
struct Seen {
  std::vector<std::string> messages;
  HeaderList headers;
  protocol::RpcEnd end;
  bool ended = false;
};

class CallRoundTrip : public testing::TestWithParam<std::tuple<Way, StreamType>> {
 protected:
  CallRoundTrip() {
    codec::AddCompressors(CompressionOptions(), &compressions_);
    client_config_.compressions = server_config_.compressions = &compressions_;
    client_config_.compress_min_bytes = server_config_.compress_min_bytes = 1;
    client_config_.user_agent = "connect-cpp/0.1.0";
    server_config_.codecs = &registries_.codecs;
    server_config_.require_connect_protocol_version = true;
  }

  Way way() const { return std::get<0>(GetParam()); }
  StreamType type() const { return std::get<1>(GetParam()); }

  std::vector<std::string> RequestMessages() const {
    if (!ClientStreams(type())) return {std::string(200, 'q')};
    return {std::string(300, 'q'), "", "x"};
  }
  std::vector<std::string> ResponseMessages() const {
    if (!ServerStreams(type())) return {std::string(500, 'r')};
    return {"", std::string(300, 'r'), "y"};
  }
  static protocol::RpcEnd EndOf(Outcome outcome) {
    protocol::RpcEnd end;
    if (outcome != Outcome::kSuccess) end.error = protocol::WithDetails(Error(Code::kAborted, "no \xe2\x82\xac, 100%"));
    end.trailers = Fields("t: 1\nt: 2\nu-bin: \\x00\\xff\n");
    return end;
  }

  void Send(const Case& test) {
    method_.stream_type = type();
    method_.idempotency = Idempotency::kNoSideEffects;
    protocol::ClientCallStart start;
    start.method = &method_;
    start.protocol = way() == Way::kGrpc      ? Protocol::kGrpc
                     : way() == Way::kGrpcWeb ? Protocol::kGrpcWeb
                                              : Protocol::kConnect;
    start.use_get = way() == Way::kConnectGet;
    start.codec = test.codec;
    start.compressor = compressions_.Find(test.compression);
    start.timeout = std::chrono::seconds(7);
    start.metadata = &metadata_;
    client_config_.accept_compression = test.accepts;
    request_.Clear();
    request_body_.Clear();
    ASSERT_TRUE(client_.Start(client_config_, start, &request_, &request_body_).ok());
    for (const std::string& message : RequestMessages()) client_.SendMessage(Payload::Borrow(message));
    client_.CloseSend();
    ASSERT_TRUE(client_.request_ready());
    ASSERT_TRUE(request_body_.ended);
    EXPECT_TRUE(request_body_.trailers.empty());
  }

  // Reads the request in pieces, and answers when it has ended.
  Seen Serve(const Case& test) {
    Seen seen;
    response_.Clear();
    response_body_.Clear();
    const std::optional<wire::ContentType> content_type = CallRun::ContentTypeOf(request_);
    const auto started =
        server_.Start(server_config_, request_, *content_type, type(), now_, &response_, &response_body_);
    EXPECT_EQ(started, ServerCall::StartResult::kStarted);
    if (started != ServerCall::StartResult::kStarted) return seen;
    seen.headers = server_.request().metadata;
    const std::string bytes = protocol::Bytes(request_body_.queue);
    for (std::string_view rest = bytes; !seen.ended;) {
      const std::string piece(rest.substr(0, test.piece_bytes));
      rest.remove_prefix(piece.size());
      server_.Feed(piece, rest.empty() ? wire::EndStream::kYes : wire::EndStream::kNo);
      Payload message;
      for (auto event = server_.Next(&message); event != ServerCall::Event::kNone; event = server_.Next(&message)) {
        EXPECT_NE(event, ServerCall::Event::kFailed) << server_.error().message;
        if (event == ServerCall::Event::kMessage) seen.messages.emplace_back(message.view());
        if (event == ServerCall::Event::kHalfClosed) Answer(test.outcome);
        seen.ended = event != ServerCall::Event::kMessage;
      }
    }
    return seen;
  }

  void Answer(Outcome outcome) {
    if (outcome != Outcome::kErrorAtOnce) server_.SendHeaders(Fields("h: 1\nh-bin: \\x01\n"));
    if (outcome == Outcome::kSuccess || (outcome == Outcome::kErrorAfterHeaders && ServerStreams(type()))) {
      for (const std::string& message : ResponseMessages()) server_.SendMessage(Payload::Borrow(message));
    }
    server_.Finish(EndOf(outcome));
  }

  void TakeEvents(Seen* seen) {
    Payload message;
    for (auto event = client_.Next(&message); event != ClientCall::Event::kNone; event = client_.Next(&message)) {
      EXPECT_FALSE(seen->ended);
      if (event == ClientCall::Event::kHeaders) seen->headers = client_.headers();
      if (event == ClientCall::Event::kMessage) seen->messages.emplace_back(message.view());
      if (event == ClientCall::Event::kEnd) {
        seen->end = client_.end();
        seen->ended = true;
      }
    }
  }

  Seen Receive(const Case& test) {
    Seen seen;
    const std::string bytes = protocol::Bytes(response_body_.queue);
    const bool no_more = bytes.empty() && response_body_.trailers.empty();
    client_.OnHead(response_, no_more ? wire::EndStream::kYes : wire::EndStream::kNo);
    TakeEvents(&seen);
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::string piece(rest.substr(0, test.piece_bytes));
      rest.remove_prefix(piece.size());
      client_.Feed(piece);
      TakeEvents(&seen);
    }
    if (!no_more) client_.OnEnd(response_body_.trailers);
    TakeEvents(&seen);
    return seen;
  }

  void Check(const Case& test) {
    SCOPED_TRACE(test.codec + " " + test.compression + (test.accepts ? "" : " accepts nothing") + " outcome " +
                 std::to_string(static_cast<int>(test.outcome)) + " pieces of " + std::to_string(test.piece_bytes));
    Send(test);
    if (HasFatalFailure()) return;
    const Seen request = Serve(test);
    EXPECT_EQ(request.messages, RequestMessages());
    EXPECT_EQ(server_.request().codec, test.codec);
    EXPECT_EQ(server_.request().content_encoding, test.compression);
    EXPECT_EQ(server_.request().path, "/test.v1.Service/Method");
    EXPECT_EQ(server_.deadline(), now_ + std::chrono::seconds(7));
    EXPECT_EQ(request.headers.Find("user-agent"), "connect-cpp/0.1.0");
    EXPECT_EQ(request.headers.Find("a"), "1");
    EXPECT_EQ(request.headers.Find("b-bin"), std::string_view("\0\xff", 2));

    const Seen response = Receive(test);
    ASSERT_TRUE(response.ended);
    const protocol::RpcEnd end = EndOf(test.outcome);
    EXPECT_EQ(Show(response.end), Show(end));
    const bool messages =
        test.outcome == Outcome::kSuccess || (test.outcome == Outcome::kErrorAfterHeaders && ServerStreams(type()));
    EXPECT_EQ(response.messages, messages ? ResponseMessages() : std::vector<std::string>());
    if (test.outcome == Outcome::kSuccess) {
      EXPECT_EQ(response.headers.Find("h-bin"), "\x01");
    } else {
      EXPECT_EQ(response.end.error.metadata.Find("h").has_value(), test.outcome == Outcome::kErrorAfterHeaders);
      EXPECT_EQ(response.end.error.metadata.Count("t"), 2u);
      EXPECT_EQ(response.end.error.metadata.Find("u-bin"), std::string_view("\0\xff", 2));
    }
  }

  const CallRegistries registries_;
  codec::CompressionRegistry compressions_;
  protocol::ClientCallConfig client_config_;
  protocol::CallConfig server_config_;
  const wire::TimePoint now_{std::chrono::hours(1)};
  MethodSpec method_{"/test.v1.Service/Method"};
  const HeaderList metadata_ = Fields("a: 1\nb-bin: \\x00\\xff\n");
  // Used again and again, as they are by the library.
  ClientCall client_;
  wire::RequestHead request_;
  wire::OutgoingBody request_body_;
  ServerCall server_;
  wire::ResponseHead response_;
  wire::OutgoingBody response_body_;
};

TEST_P(CallRoundTrip, EveryCodecAndCompression) {
  std::vector<std::string> compressions = {""};
  wire::EncodingList names(compressions_.accept_list());
  for (auto name = names.Next(); !name.name.empty(); name = names.Next()) compressions.emplace_back(name.name);
  ASSERT_GE(compressions.size(), 4u);
  for (const std::string& compression : compressions) {
    for (const char* codec : {"proto", "json"}) {
      for (bool accepts : {true, false}) Check({codec, compression, accepts});
    }
  }
}

TEST_P(CallRoundTrip, EveryOutcomeInEveryPiece) {
  for (Outcome outcome : {Outcome::kSuccess, Outcome::kErrorAtOnce, Outcome::kErrorAfterHeaders}) {
    for (size_t piece_bytes : {size_t{1}, size_t{7}, SIZE_MAX}) Check({"proto", "gzip", true, piece_bytes, outcome});
  }
}

TEST_P(CallRoundTrip, GetGoesByGet) {
  Send({});
  const bool get = way() == Way::kConnectGet && type() == StreamType::kUnary;
  EXPECT_EQ(request_.method, get ? "GET" : "POST");
  EXPECT_EQ(request_body_.queue.empty(), get);
}

std::string NameOf(const testing::TestParamInfo<std::tuple<Way, StreamType>>& info) {
  static constexpr const char* kWays[] = {"Connect", "ConnectGet", "Grpc", "GrpcWeb"};
  static constexpr const char* kTypes[] = {"Unary", "ClientStream", "ServerStream", "BidiStream"};
  return std::string(kWays[static_cast<int>(std::get<0>(info.param))]) +
         kTypes[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(All, CallRoundTrip,
                         testing::Combine(testing::Values(Way::kConnect, Way::kConnectGet, Way::kGrpc, Way::kGrpcWeb),
                                          testing::Values(StreamType::kUnary, StreamType::kClientStream,
                                                          StreamType::kServerStream, StreamType::kBidiStream)),
                         NameOf);

}  // namespace
}  // namespace connectrpc::test
