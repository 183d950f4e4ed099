#include "connectrpc/observers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace connectrpc {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

CallHead Head(std::string_view method, Protocol protocol = Protocol::kConnect) {
  CallHead head;
  head.method = method;
  head.protocol = protocol;
  head.codec = "json";
  head.peer = "ipv4:127.0.0.1:1";
  return head;
}

CallSummary Summary(std::chrono::microseconds duration, Code code = Code::kOk) {
  CallSummary summary;
  summary.code = code;
  summary.request_messages = 1;
  summary.request_bytes = 10;
  summary.response_messages = 2;
  summary.response_bytes = 30;
  summary.end = summary.start + duration;
  return summary;
}

TEST(MetricsTest, CountsByMethodProtocolAndCode) {
  Metrics metrics;
  metrics.OnCallEnd(Head("b.S/M"), Summary(std::chrono::microseconds(500)));
  metrics.OnCallEnd(Head("b.S/M"), Summary(std::chrono::microseconds(501)));
  metrics.OnCallEnd(Head("b.S/M", Protocol::kGrpc), Summary(std::chrono::seconds(11), Code::kNotFound));
  metrics.OnCallEnd(Head("a.S/M", Protocol::kGrpcWeb), Summary(std::chrono::seconds(1)));
  const std::string text = metrics.Text();
  for (const char* line : {
           "connectrpc_calls_total{method=\"b.S/M\",protocol=\"connect\",code=\"ok\"} 2\n",
           "connectrpc_calls_total{method=\"b.S/M\",protocol=\"grpc\",code=\"not_found\"} 1\n",
           "connectrpc_call_duration_seconds_bucket{method=\"b.S/M\",protocol=\"connect\",le=\"0.0005\"} 1\n",
           "connectrpc_call_duration_seconds_bucket{method=\"b.S/M\",protocol=\"connect\",le=\"0.001\"} 2\n",
           "connectrpc_call_duration_seconds_bucket{method=\"b.S/M\",protocol=\"connect\",le=\"+Inf\"} 2\n",
           "connectrpc_call_duration_seconds_bucket{method=\"b.S/M\",protocol=\"grpc\",le=\"10\"} 0\n",
           "connectrpc_call_duration_seconds_bucket{method=\"b.S/M\",protocol=\"grpc\",le=\"+Inf\"} 1\n",
           "connectrpc_call_duration_seconds_sum{method=\"b.S/M\",protocol=\"connect\"} 0.001001\n",
           "connectrpc_call_duration_seconds_count{method=\"b.S/M\",protocol=\"connect\"} 2\n",
           "connectrpc_request_messages_total{method=\"b.S/M\",protocol=\"connect\"} 2\n",
           "connectrpc_response_messages_total{method=\"b.S/M\",protocol=\"connect\"} 4\n",
           "connectrpc_request_bytes_total{method=\"b.S/M\",protocol=\"connect\"} 20\n",
           "connectrpc_response_bytes_total{method=\"b.S/M\",protocol=\"connect\"} 60\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_LT(text.find("a.S/M"), text.find("b.S/M"));
}

TEST(MetricsTest, EveryLineIsACommentOrASample) {
  Metrics metrics;
  metrics.OnCallEnd(Head("a.S/M"), Summary(std::chrono::seconds(1)));
  const std::string text = metrics.Text() + MetricsText(ServerStats());
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find('\n', begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_THAT(text.substr(begin, end - begin),
                MatchesRegex("# (HELP|TYPE) connectrpc_[a-z_]+ .+|connectrpc_[a-z_]+(\\{[^}]*\\})? [0-9.e+-]+"));
    begin = end + 1;
  }
}

TEST(MetricsTest, ThreadsCountTogether) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) metrics.OnCallEnd(Head("a.S/M"), Summary(std::chrono::seconds(1)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Text(), HasSubstr("protocol=\"connect\",code=\"ok\"} 4000\n"));
}

TEST(AccessLogTest, OneObjectForEachCall) {
  std::vector<std::string> lines;
  AccessLog log([&](std::string_view line) { lines.emplace_back(line); });
  log.OnCallEnd(Head("a.S/M"), Summary(std::chrono::microseconds(1234)));
  CallSummary failed = Summary(std::chrono::microseconds(1), Code::kNotFound);
  const std::string text = "no\n\"x\"" + std::string(1000, 'y');
  failed.error_message = text;
  log.OnCallEnd(Head("a.S/M", Protocol::kGrpcWeb), failed);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], StartsWith("{\"time\":\"20"));
  EXPECT_THAT(lines[0], EndsWith("Z\",\"method\":\"a.S/M\",\"protocol\":\"connect\",\"codec\":\"json\",\"peer\":"
                                 "\"ipv4:127.0.0.1:1\",\"code\":\"ok\",\"duration_us\":1234,\"request_messages\":1,"
                                 "\"request_bytes\":10,\"response_messages\":2,\"response_bytes\":30}"));
  EXPECT_THAT(lines[1], HasSubstr("\"protocol\":\"grpc-web\""));
  EXPECT_THAT(lines[1], HasSubstr("\"code\":\"not_found\",\"message\":\"no\\n\\\"x\\\"yyy"));
  EXPECT_THAT(lines[1], Not(HasSubstr("\n")));
  EXPECT_LT(lines[1].size(), 700u);
}

}  // namespace
}  // namespace connectrpc
