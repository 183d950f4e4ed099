// Limits of connections and of what they hold, set low through the options.

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "http/h2_frames.h"
#include "server/fake_server.h"

namespace connectrpc::test {
namespace {

TEST(ServerLimitsTest, MaxConnections) {
  HttpOptions options;
  options.limits.max_connections = 2;
  FakeServer server(options);
  Http1Client first(server.port());
  Http1Client second(server.port());
  EXPECT_EQ(first.Exchange(Unary("Echo")).status, 200);
  EXPECT_EQ(second.Exchange(Unary("Echo")).status, 200);
  Http1Client third(server.port());
  EXPECT_TRUE(third.AtEnd());
  const ServerStats stats = server.server().stats();
  EXPECT_EQ(stats.connections, 2u);
  EXPECT_EQ(stats.connections_accepted, 3u);
  EXPECT_EQ(stats.connections_refused, 1u);
  // One that goes makes room.
  first.tcp().Close();
  EXPECT_TRUE(server.WaitFor([](const ServerStats& now) { return now.connections == 1; }));
  Http1Client fourth(server.port());
  EXPECT_EQ(fourth.Exchange(Unary("Echo")).status, 200);
}

TEST(ServerLimitsTest, MaxConnectionsPerPeer) {
  HttpOptions options;
  options.limits.max_connections_per_peer = 2;
  FakeServer server(options);
  Http1Client first(server.port());
  Http1Client second(server.port());
  EXPECT_EQ(first.Exchange(Unary("Echo")).status, 200);
  EXPECT_EQ(second.Exchange(Unary("Echo")).status, 200);
  EXPECT_TRUE(Http1Client(server.port()).AtEnd());
  EXPECT_EQ(server.server().stats().connections_refused, 1u);
  first.tcp().Close();
  EXPECT_TRUE(server.WaitFor([](const ServerStats& now) { return now.connections == 1; }));
  EXPECT_EQ(Http1Client(server.port()).Exchange(Unary("Echo")).status, 200);
}

TEST(ServerLimitsTest, MaxRequestsPerConnection) {
  HttpOptions options;
  options.limits.max_requests_per_connection = 3;
  FakeServer server(options);
  Http1Client http1(server.port());
  for (int i = 1; i <= 3; ++i) {
    const HttpResponse response = http1.Exchange(Unary("Echo"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(Find(response.headers, "connection").value_or(""), i == 3 ? "close" : "");
  }
  EXPECT_TRUE(http1.AtEnd());

  Http2Client http2(server.port());
  for (int i = 1; i <= 3; ++i) {
    EXPECT_FALSE(http2.goaway_code().has_value()) << i;
    EXPECT_EQ(http2.Exchange(Unary("Echo")).status, 200);
  }
  ReadToEnd(http2);
  EXPECT_EQ(http2.goaway_code(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(http2.goaway_last_stream(), 5);
}

// A client that does not show that it has seen the notice is served until the drain time has passed.
TEST(ServerLimitsTest, RetirementDoesNotWaitForThePeer) {
  HttpOptions options;
  options.limits.max_requests_per_connection = 1;
  options.timeouts.drain = std::chrono::milliseconds(20);
  FakeServer server(options);
  Http2Client client(server.port());
  client.LeavePingsUnanswered();
  const int32_t first = client.Send(Unary("Hold"));
  const int32_t crossing = client.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(2));
  while (client.goaway_last_stream() != crossing) ASSERT_TRUE(client.Pump());
  EXPECT_EQ(client.goaway_code(), NGHTTP2_NO_ERROR);
  server.held().Release();
  EXPECT_EQ(client.ReadResponse(first).body, "released");
  EXPECT_EQ(client.ReadResponse(crossing).body, "released");
  ReadToEnd(client);
}

// Messages that have begun to arrive, and answers that nobody takes.
TEST(ServerLimitsTest, MaxBufferedBytes) {
  for (const bool answers : {false, true}) {
    SCOPED_TRACE(answers ? "answers" : "requests");
    HttpOptions options;
    options.limits.max_buffered_bytes = 100'000;
    FakeServer server(options);
    Http2Client holder(server.port(), answers ? Http2Client::Window::kKeep : Http2Client::Window::kRefill);
    HttpRequest request = answers ? Unary("Big", "150000") : Unary("Echo", std::string(50'000, 'r'));
    request.open = !answers;
    const int32_t id = holder.Send(request);
    if (answers) {
      EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.buffered_bytes == 150'000 - 65'535; }));
    } else {
      EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.buffered_bytes == 50'000; }));
    }
    // Within the limit all is well.
    Http1Client http1(server.port());
    Http2Client http2(server.port());
    EXPECT_EQ(http1.Exchange(Unary("Echo")).status, 200);
    EXPECT_EQ(http2.Exchange(Unary("Echo")).status, 200);

    int32_t other = 0;
    if (answers) {
      other = holder.Send(request);
    } else {
      EXPECT_TRUE(holder.SendData(id, std::string(50'001, 'r'), false));
    }
    EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.buffered_bytes > 100'000; }));
    EXPECT_EQ(http2.ReadResponse(http2.Send(Unary("Echo"))).reset_code, NGHTTP2_REFUSED_STREAM);
    EXPECT_EQ(http1.Exchange(Unary("Echo")).status, 503);

    // It recovers as it falls.
    if (answers) {
      holder.Grant(id, 1'000'000);
      holder.Grant(other, 1'000'000);
      EXPECT_EQ(holder.ReadResponse(id).body.size(), 150'000u);
    } else {
      EXPECT_TRUE(holder.SendData(id, "", true));
      EXPECT_EQ(holder.ReadResponse(id).body.size(), 100'001u);
    }
    EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.buffered_bytes <= 100'000; }));
    EXPECT_EQ(http2.Exchange(Unary("Echo")).status, 200);
    EXPECT_EQ(Http1Client(server.port()).Exchange(Unary("Echo")).status, 200);
  }
}

// Beyond the limit no more is asked for: what has been begun waits, in both versions, and goes on.
TEST(ServerLimitsTest, MaxBufferedBytesHoldsInputBack) {
  HttpOptions options;
  options.limits.max_buffered_bytes = 100'000;
  options.limits.max_stream_window_bytes = options.limits.stream_window_bytes;
  options.limits.min_body_bytes_per_second = 0;
  options.timeouts.min_ping_interval = std::chrono::milliseconds(0);
  FakeServer server(options);
  const std::string body(1'000'000, 'u');
  HttpRequest upload = Unary("Upload");
  upload.headers = {{"content-type", "application/connect+proto"}};
  upload.body.clear();
  upload.open = true;
  Http2Client client(server.port());
  const int32_t waiting = client.Send(upload);
  const int32_t id = client.Send(upload);
  // A message of which 120,000 bytes come: the second half of a window is asked for before the limit is reached.
  size_t sent = client.TrySendData(id, Enveloped(body));
  for (int idle = 0; idle < 20; ++idle) {
    ASSERT_TRUE(client.Ping());
    const size_t more = client.TrySendData(id, std::string_view(Enveloped(body)).substr(sent));
    sent += more;
    if (more > 0) idle = 0;
  }
  EXPECT_GT(server.server().stats().buffered_bytes, 100'000u);
  EXPECT_LT(sent, 100'000u + 2 * 65'535u);
  EXPECT_LE(client.TrySendData(waiting, std::string(100'000, 'w')), 65'535u) << "nor of other streams";
  ASSERT_TRUE(client.Ping());
  // The one that holds most is given up.
  client.SendReset(id, NGHTTP2_CANCEL);
  EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.buffered_bytes <= 100'000; }));
  Http1Client http1(server.port());
  EXPECT_EQ(http1.Exchange(Unary("Echo", std::string(90'000, 'r'))).body.size(), 90'000u);
}

TEST(ServerStatsTest, CountWhatThereIs) {
  FakeServer server;
  EXPECT_EQ(server.server().stats().connections_accepted, 0u);
  Http1Client http1(server.port());
  http1.Send(Unary("Hold"));
  Http2Client http2(server.port());
  const int32_t first = http2.Send(Unary("Hold"));
  http2.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(3));
  ServerStats stats = server.server().stats();
  EXPECT_EQ(stats.connections, 2u);
  EXPECT_EQ(stats.connections_accepted, 2u);
  EXPECT_EQ(stats.calls, 3u);
  EXPECT_EQ(stats.connections_refused + stats.timeouts + stats.floods + stats.handshakes_failed, 0u);
  server.held().Release();
  EXPECT_EQ(http1.ReadResponse().status, 200);
  EXPECT_EQ(http2.ReadResponse(first).status, 200);
  http1.tcp().Close();
  http2.tcp().Close();
  EXPECT_TRUE(server.WaitFor([](const ServerStats& now) { return now.connections == 0 && now.calls == 0; }));
  EXPECT_EQ(server.server().stats().buffered_bytes, 0u);
}

}  // namespace
}  // namespace connectrpc::test
