// What reading a request's head and finding its method cost.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "http/h1_parser.h"
#include "http/h1_request.h"
#include "server/route_table.h"

namespace connectrpc {
namespace {

// As a browser sends it.
constexpr std::string_view kRequest =
    "POST /bench.v1.EchoService/Echo HTTP/1.1\r\n"
    "Host: api.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: */*\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connect-Protocol-Version: 1\r\n"
    "Content-Type: application/json\r\n"
    "Origin: https://www.example.com\r\n"
    "Content-Length: 2\r\n"
    "\r\n"
    "{}";

void Http1RequestRead(benchmark::State& state) {
  http::H1Parser parser{http::SessionLimits()};
  wire::RequestHead head;
  for (auto _ : state) {
    head.Clear();
    std::string_view input = kRequest, piece;
    const bool ok = parser.ReadHead(&input, &head) == wire::DecodeStatus::kDone &&
                    parser.ReadBody(&input, &piece) == wire::DecodeStatus::kDone;
    if (!ok) state.SkipWithError("not read");
    parser.NextRequest();
    benchmark::DoNotOptimize(head);
  }
  state.SetBytesProcessed(state.iterations() * kRequest.size());
}
BENCHMARK(Http1RequestRead);

void Http1RequestWrite(benchmark::State& state) {
  wire::RequestHead head;
  head.method = "POST";
  head.target = "/bench.v1.EchoService/Echo";
  head.authority = "api.example.com";
  head.headers.Add("content-type", "application/json");
  head.headers.Add("connect-protocol-version", "1");
  http::H1RequestControl control;
  control.length = http::H1RequestControl::Length::kKnown;
  control.content_length = 78;
  std::string out;
  for (auto _ : state) {
    out.clear();
    http::AppendRequestHead(head, control, &out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(Http1RequestWrite);

void RouteLookup(benchmark::State& state) {
  server::RouteTable routes;
  for (int service = 0; service < state.range(0); ++service) {
    for (int method = 0; method < 10; ++method) {
      if (!routes.Add(absl::StrCat("/company.team.v1.Service", service, "/Method", method), server::Route())) {
        state.SkipWithError("taken");
      }
    }
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(routes.Find("/company.team.v1.Service0/Method7"));
    benchmark::DoNotOptimize(routes.Find("/company.team.v1.Service0/Method99"));
  }
}
BENCHMARK(RouteLookup)->Arg(1)->Arg(100);

}  // namespace
}  // namespace connectrpc
