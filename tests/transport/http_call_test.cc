// Calls against our own front end: every shape, protocol and version of HTTP.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "server/fake_server.h"
#include "support/test_certificate.h"
#include "transport/raw_server.h"
#include "transport/recorded_call.h"

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Way {
  const char* name;
  Protocol protocol;
  HttpVersions http;
  bool tls;
};

const Way kWays[] = {
    {"ConnectHttp1", Protocol::kConnect, HttpVersions::kHttp1, false},
    {"ConnectHttp2", Protocol::kConnect, HttpVersions::kHttp2, false},
    {"ConnectTlsHttp1", Protocol::kConnect, HttpVersions::kHttp1, true},
    {"ConnectTlsByAlpn", Protocol::kConnect, HttpVersions::kAuto, true},
    {"GrpcHttp2", Protocol::kGrpc, HttpVersions::kAuto, false},
    {"GrpcTls", Protocol::kGrpc, HttpVersions::kAuto, true},
    {"GrpcWebHttp1", Protocol::kGrpcWeb, HttpVersions::kAuto, false},
    {"GrpcWebHttp2", Protocol::kGrpcWeb, HttpVersions::kHttp2, false},
};

class CallTest : public ::testing::TestWithParam<Way> {
 protected:
  CallTest() {
    const TestCertificate certificate = MakeCertificate(
        {/*common_name=*/"server", /*alternative_names=*/"DNS:localhost,IP:127.0.0.1", /*usage=*/"serverAuth"});
    HttpOptions options;
    HttpTransportOptions to;
    if (GetParam().tls) {
      options.tls.certificate_chain_pem = certificate.pem;
      options.tls.private_key_pem = certificate.key_pem;
      to.tls.ca_pem = certificate.pem;
    }
    server_ = std::make_unique<FakeServer>(options);
    to.protocol = GetParam().protocol;
    to.http = GetParam().http;
    const char* const scheme = GetParam().tls ? "https" : "http";
    transport_ = MakeTransport(scheme + std::string("://127.0.0.1:") + std::to_string(server_->port()), to);
  }

  bool full_duplex() const { return GetParam().http != HttpVersions::kHttp1 && !half_duplex(); }
  bool half_duplex() const {
    return GetParam().http == HttpVersions::kHttp1 ||
           (GetParam().http == HttpVersions::kAuto && !GetParam().tls && GetParam().protocol != Protocol::kGrpc);
  }

  std::unique_ptr<FakeServer> server_;
  std::shared_ptr<HttpTransport> transport_;
};

INSTANTIATE_TEST_SUITE_P(Ways, CallTest, ::testing::ValuesIn(kWays),
                         [](const ::testing::TestParamInfo<Way>& info) { return info.param.name; });

TEST_P(CallTest, Unary) {
  for (const char* message : {"hello", "", "again"}) {
    RecordedCall call(transport_.get());
    call.Start(kEcho, message);
    EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
    EXPECT_THAT(call.messages(), ElementsAre(message));
    EXPECT_THAT(call.events(), ElementsAre("headers", "message", "end"));
  }
  EXPECT_EQ(transport_->stats().connections_made, 1u);
  EXPECT_EQ(transport_->stats().calls, 0u);
}

TEST_P(CallTest, LargeMessages) {
  const std::string large(3 * 1024 * 1024, 'x');
  RecordedCall call(transport_.get());
  call.Start(kEcho, large);
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  ASSERT_EQ(call.messages().size(), 1u);
  EXPECT_EQ(call.messages()[0], large);
}

TEST_P(CallTest, ClientStream) {
  RecordedCall call(transport_.get());
  call.Begin(kUpload);
  for (int i = 0; i < 100; ++i) call.Send("0123456789");
  EXPECT_FALSE(call.ended());
  call.CloseSend();
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_THAT(call.messages(), ElementsAre("1000"));
}

TEST_P(CallTest, ServerStream) {
  RecordedCall call(transport_.get());
  call.Start(kExpand, "20");
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_EQ(call.messages(), std::vector<std::string>(20, std::string(16 * 1024, 'e')));
}

TEST_P(CallTest, BidirectionalStream) {
  RecordedCall call(transport_.get());
  call.Begin(kChat);
  std::vector<std::string> expected;
  for (const char* message : {"one", "two", "three"}) {
    call.Send(message);
    expected.push_back(message);
    if (full_duplex()) {
      EXPECT_EQ(call.WaitMessages(expected.size()), expected);
    }
  }
  call.CloseSend();
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_EQ(call.messages(), expected);
}

TEST_P(CallTest, ManyAtOnce) {
  std::vector<std::unique_ptr<RecordedCall>> calls;
  for (int i = 0; i < 50; ++i) {
    calls.push_back(std::make_unique<RecordedCall>(transport_.get()));
    calls.back()->Start(kEcho, std::to_string(i));
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(calls[i]->WaitEnd().ok()) << calls[i]->WaitEnd().message;
    EXPECT_THAT(calls[i]->messages(), ElementsAre(std::to_string(i)));
  }
}

TEST_P(CallTest, Error) {
  RecordedCall call(transport_.get());
  const MethodSpec unknown{"/test.S/Nothing", StreamType::kUnary, Idempotency::kUnknown};
  call.Start(unknown, "x");
  const Error error = call.WaitEnd();
  EXPECT_EQ(error.code, Code::kUnimplemented);
  EXPECT_THAT(error.message, HasSubstr("/test.S/Nothing"));
  // Of the other protocols it is Trailers-Only.
  EXPECT_EQ(call.events().size(), GetParam().protocol == Protocol::kConnect ? 2u : 1u);
  EXPECT_EQ(call.events().back(), "end");
}

TEST_P(CallTest, CompressionBothWays) {
  CallOptions options;
  options.compression = "gzip";
  RecordedCall call(transport_.get());
  call.Start(kEcho, std::string(100'000, 'z'), options);
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_THAT(call.messages(), ElementsAre(std::string(100'000, 'z')));
}

// Both sides are slow in turn: nothing is lost, and neither holds more than its bounds.
TEST_P(CallTest, SlowReader) {
  RecordedCall call(transport_.get());
  call.Begin(kExpand);
  call.Pause();
  call.Send("1000");
  call.CloseSend();
  ASSERT_TRUE(server_->WaitFor([](const ServerStats& stats) { return stats.calls == 1; }));
  // What was read before it paused may come, but not all 16 MiB.
  for (int i = 0; i < 10; ++i) call.OnLoop([] {});
  EXPECT_LE(call.received_bytes(), ClientLimits().stream_window_bytes + 64 * 1024);
  EXPECT_FALSE(call.ended());
  call.Resume();
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_EQ(call.received_bytes(), 1000u * 16 * 1024);
}

TEST(CallOptionsTest, WhatIsWrongEndsTheCall) {
  FakeServer server;
  auto transport = MakeTransport("http://127.0.0.1:" + std::to_string(server.port()));
  CallOptions codec, compression, name, value, past;
  codec.codec = "xml";
  compression.compression = "lzma";
  name.headers.Add("bad name", "x");
  value.headers.Add("good", "bad\nvalue");
  past.timeout = std::chrono::nanoseconds(0);
  struct Case {
    const char* name;
    const CallOptions& options;
    Code code;
    const char* message;
  };
  const Case cases[] = {
      {"codec", codec, Code::kInvalidArgument, "xml"},
      {"compression", compression, Code::kInvalidArgument, "lzma"},
      {"header name", name, Code::kInvalidArgument, "bad name"},
      {"header value", value, Code::kInvalidArgument, "good"},
      {"no time", past, Code::kDeadlineExceeded, "deadline"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    RecordedCall call(transport.get());
    call.Start(kEcho, "x", test.options);
    const Error error = call.WaitEnd();
    EXPECT_EQ(error.code, test.code);
    EXPECT_THAT(error.message, HasSubstr(test.message));
    EXPECT_THAT(call.events(), ElementsAre("end"));
  }
  EXPECT_EQ(transport->stats().connections_made, 0u);
}

TEST(CallOptionsTest, MistakesInTheOrderOfSendingEndTheCall) {
  FakeServer server;
  auto transport = MakeTransport("http://127.0.0.1:" + std::to_string(server.port()), Http2Options(Protocol::kGrpc));
  RecordedCall none(transport.get());
  none.Begin(kEcho);
  none.CloseSend();
  EXPECT_EQ(none.WaitEnd().code, Code::kInternal);
  RecordedCall two(transport.get());
  two.Begin(kEcho);
  two.Send("1");
  two.Send("2");
  two.CloseSend();
  EXPECT_EQ(two.WaitEnd().code, Code::kInternal);
}

TEST(UnixSocketTest, CarriesCalls) {
  const std::string address = "unix:@connectrpc-transport-test-" + std::to_string(::getpid());
  HttpOptions options;
  options.listen = {address};
  FakeServer server(options);
  HttpTransportOptions to = Http2Options();
  to.addresses = {address};
  auto transport = MakeTransport("http://localhost", to);
  RecordedCall call(transport.get());
  // A Unix socket is no open way.
  CallOptions with_credentials;
  with_credentials.headers.Add("authorization", "secret");
  call.Start(kEcho, "local", with_credentials);
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_THAT(call.messages(), ElementsAre("local"));
}

TEST(TransportEndTest, TellsTheServerOfEachCall) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  std::vector<std::unique_ptr<RecordedCall>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(std::make_unique<RecordedCall>(transport.get()));
    calls.back()->SetHook([](RecordedCall& ended, const std::string&) {
      ended.call()->Release();
      ended.DropCall();
    });
    calls.back()->Start(kHold, "x");
  }
  RawHttp2 peer(server.Accept());
  for (int i = 0; i < 3; ++i) peer.NextRequest();
  transport.reset();
  for (const auto& call : calls) EXPECT_EQ(call->WaitEnd().code, Code::kCanceled);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ReadUint32(peer.Next(NGHTTP2_RST_STREAM).payload), uint32_t{NGHTTP2_CANCEL});
  EXPECT_EQ(peer.Next().type, NGHTTP2_GOAWAY);
  EXPECT_EQ(peer.Next().type, 0xff);
}

TEST(TransportEndTest, EndsCallsAndConnections) {
  FakeServer server;
  auto transport = MakeTransport("http://127.0.0.1:" + std::to_string(server.port()), Http2Options());
  RecordedCall call(transport.get());
  call.SetHook([](RecordedCall& ended, const std::string&) {
    ended.call()->Release();
    ended.DropCall();
  });
  call.Start(kHold, "x");
  ASSERT_TRUE(server.held().WaitFor(1));
  transport.reset();
  EXPECT_EQ(call.WaitEnd().code, Code::kCanceled);
  EXPECT_TRUE(server.held().WaitFor(0));
}

}  // namespace
}  // namespace connectrpc::test
