#include "server/route_table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "server/http_server.h"

namespace connectrpc::server {
namespace {

using Kind = MethodRoute::Kind;

Route RouteOf(Kind kind, std::string reason) {
  Route route;
  route.kind = kind;
  route.reason = std::move(reason);
  return route;
}

RouteTable ThreeRoutes() {
  RouteTable routes;
  EXPECT_TRUE(routes.Add("/b.S/Long", RouteOf(Kind::kChannel, "sync stream")));
  EXPECT_TRUE(routes.Add("/a.Service/M", RouteOf(Kind::kDirect, "callback handler")));
  EXPECT_TRUE(routes.Add("/c.S/M", RouteOf(Kind::kOwn, "")));
  return routes;
}

constexpr char kThreeRoutes[] =
    "a.Service/M  direct   callback handler\n"
    "b.S/Long     channel  sync stream\n"
    "c.S/M        own\n";

TEST(RouteTableTest, FirstRouteOfAPathCounts) {
  RouteTable routes = ThreeRoutes();
  EXPECT_FALSE(routes.Add("/b.S/Long", RouteOf(Kind::kDirect, "second")));
  EXPECT_EQ(routes.size(), 3u);
  ASSERT_NE(routes.Find("/b.S/Long"), nullptr);
  EXPECT_EQ(routes.Find("/b.S/Long")->reason, "sync stream");
  EXPECT_EQ(routes.Find("/b.S/Long")->method, "b.S/Long");
}

TEST(RouteTableTest, PathsAreComparedByBytes) {
  using namespace std::string_view_literals;
  const RouteTable routes = ThreeRoutes();
  for (const std::string_view path : {""sv, "/"sv, "b.S/Long"sv, "/b.S/long"sv, "/b.S/Long/"sv, "//b.S/Long"sv,
                                      "/b.S%2FLong"sv, "/b.S/Long\0"sv, "/b.S/Lon"sv}) {
    EXPECT_EQ(routes.Find(path), nullptr) << path;
  }
}

TEST(RouteTableTest, ListIsInOrder) {
  const std::vector<MethodRoute> list = ThreeRoutes().List();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].method, "a.Service/M");
  EXPECT_EQ(list[0].kind, Kind::kDirect);
  EXPECT_EQ(list[0].reason, "callback handler");
  EXPECT_EQ(list[1].method, "b.S/Long");
  EXPECT_EQ(list[2].method, "c.S/M");
}

TEST(DescribeRoutesTest, AlignsColumns) {
  EXPECT_EQ(DescribeRoutes(ThreeRoutes().List()), kThreeRoutes);
  EXPECT_EQ(DescribeRoutes({}), "");
}

TEST(RouteReportTest, IsWrittenWhenTheServerHasStarted) {
  std::ostringstream report;
  HttpOptions options;
  options.listen = {"127.0.0.1:0"};
  options.loops = 1;
  options.route_report = &report;
  const auto server = StartHttpServer(options, ThreeRoutes());
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(report.str(), kThreeRoutes);
  EXPECT_EQ(DescribeRoutes((*server)->routes()), kThreeRoutes);
}

TEST(RouteReportTest, IsNotWrittenByServersThatDoNotStart) {
  std::ostringstream report;
  HttpOptions options;
  options.listen = {"nonsense"};
  options.route_report = &report;
  EXPECT_FALSE(StartHttpServer(options, ThreeRoutes()).ok());
  EXPECT_EQ(report.str(), "");
}

TEST(RouteReportTest, StreamsThatThrowStopNobody) {
  std::ostringstream report;
  report.setstate(std::ios::badbit);
  EXPECT_THROW(report.exceptions(std::ios::badbit), std::ios::failure);
  HttpOptions options;
  options.listen = {"127.0.0.1:0"};
  options.loops = 1;
  options.route_report = &report;
  EXPECT_TRUE(StartHttpServer(options, ThreeRoutes()).ok());
}

}  // namespace
}  // namespace connectrpc::server
