// How a server ends and another takes over; and what each answer says of the time.

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/h2_frames.h"
#include "server/fake_server.h"
#include "server/http_server.h"

namespace connectrpc::test {
namespace {

HttpOptions OnPort(int port) {
  HttpOptions options;
  options.listen = {"127.0.0.1:" + std::to_string(port)};
  options.reuse_port = true;
  return options;
}

TEST(ReusePortTest, ServersShareAPort) {
  FakeServer first(OnPort(0));
  FakeServer second(OnPort(first.port()));
  EXPECT_EQ(first.port(), second.port());
  first.server().Shutdown(kTimeLimit);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Http1Client(second.port()).Exchange(Unary("Echo")).status, 200);
}

TEST(ReusePortTest, OthersAreRefused) {
  FakeServer first;
  HttpOptions options = OnPort(first.port());
  options.reuse_port = false;
  EXPECT_FALSE(server::StartHttpServer(options, {}).ok());
}

// A server that ends accepts whoever waits in its queue, and answers what they have sent.
TEST(RetirementTest, ClientsThatWaitToBeAcceptedAreServed) {
  for (int round = 0; round < 10; ++round) {
    HttpOptions options;
    options.loops = 1 + round % 2;
    FakeServer server(options);
    // The loop is busy while clients connect and write.
    std::vector<std::unique_ptr<Http1Client>> http1;
    std::vector<std::unique_ptr<Http2Client>> http2;
    std::vector<int32_t> ids;
    for (int i = 0; i < 10; ++i) {
      http1.push_back(std::make_unique<Http1Client>(server.port()));
      http1.back()->Send(Unary("Echo"));
      http2.push_back(std::make_unique<Http2Client>(server.port()));
      ids.push_back(http2.back()->Send(Unary("Echo")));
    }
    std::thread shutdown([&] { EXPECT_EQ(server.server().Shutdown(kTimeLimit), 0u); });
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(http1[i]->ReadResponse().status, 200);
      EXPECT_EQ(http2[i]->ReadResponse(ids[i]).status, 200);
      http1[i]->tcp().Close();
      http2[i]->tcp().Close();
    }
    shutdown.join();
  }
}

// The other half of a head that had begun to arrive is waited for.
TEST(RetirementTest, HeadsOnTheirWayAreServed) {
  FakeServer server;
  Http1Client used(server.port());
  EXPECT_EQ(used.Exchange(Unary("Echo")).status, 200);
  const std::string head = "POST /test.S/Echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/proto\r\n";
  used.tcp().Send(head);
  Http1Client fresh(server.port());
  fresh.tcp().Send(head);
  Http2Client witness(server.port());
  // What was sent before is read before this is answered, on a server of one loop.
  EXPECT_EQ(witness.Exchange(Unary("Echo")).status, 200);
  std::thread shutdown([&] { EXPECT_EQ(server.server().Shutdown(kTimeLimit), 0u); });
  while (!witness.goaway_code().has_value()) ASSERT_TRUE(witness.Pump());
  for (Http1Client* client : {&used, &fresh}) {
    client->tcp().Send("content-length: 4\r\n\r\nbody");
    const HttpResponse response = client->ReadResponse();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(Find(response.headers, "connection"), "close");
    client->tcp().Close();
  }
  witness.tcp().Close();
  shutdown.join();
}

// Requests that cross the first GOAWAY are served; the second says where it ends.
TEST(RetirementTest, GoAwayComesInTwoSteps) {
  FakeServer server;
  Http2Client client(server.port());
  client.LeavePingsUnanswered();
  const int32_t first = client.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(1));
  std::thread shutdown([&] { EXPECT_EQ(server.server().Shutdown(kTimeLimit), 0u); });
  while (!client.goaway_code().has_value()) ASSERT_TRUE(client.Pump());
  EXPECT_EQ(client.goaway_last_stream(), 0x7fffffff);
  const int32_t crossing = client.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(2));
  client.SendRaw(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "shutdown"));
  while (client.goaway_last_stream() == 0x7fffffff) ASSERT_TRUE(client.Pump());
  EXPECT_EQ(client.goaway_last_stream(), crossing);
  server.held().Release();
  EXPECT_EQ(client.ReadResponse(first).body, "released");
  EXPECT_EQ(client.ReadResponse(crossing).body, "released");
  client.tcp().Close();
  shutdown.join();
}

// RFC 9110 section 6.6.1: answers of every origin, those that no handler sees included.
TEST(DateTest, IsInEveryAnswer) {
  FakeServer server;
  Http1Client http1(server.port());
  Http2Client http2(server.port());
  HttpRequest unknown = Unary("Unknown");
  std::vector<HttpResponse> responses = {http1.Exchange(Unary("Echo")), http1.Exchange(unknown),
                                         http2.Exchange(Unary("Echo")), http2.Exchange(unknown)};
  Http1Client broken(server.port());
  broken.tcp().Send("nonsense\r\n\r\n");
  responses.push_back(broken.ReadResponse());
  EXPECT_EQ(responses.back().status, 400);
  for (const HttpResponse& response : responses) {
    const std::string date = Find(response.headers, "date").value_or("none");
    ASSERT_EQ(date.size(), 29u) << date;
    EXPECT_EQ(date.substr(25), " GMT");
  }
}

}  // namespace
}  // namespace connectrpc::test
