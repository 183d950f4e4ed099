#include "server/route_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"

namespace connectrpc {
namespace {

std::string_view KindName(MethodRoute::Kind kind) {
  switch (kind) {
    case MethodRoute::Kind::kChannel:
      return "channel";
    case MethodRoute::Kind::kDirect:
      return "direct";
    case MethodRoute::Kind::kOwn:
      return "own";
  }
  return "";
}

std::string Padded(std::string_view text, size_t width) {
  std::string padded(text);
  padded.resize(std::max(width, text.size()), ' ');
  return padded;
}

}  // namespace

std::string DescribeRoutes(const std::vector<MethodRoute>& routes) {
  constexpr size_t kKindWidth = 7;
  size_t method_width = 0;
  for (const MethodRoute& route : routes) method_width = std::max(method_width, route.method.size());
  std::string text;
  for (const MethodRoute& route : routes) {
    text.append(Padded(route.method, method_width)).append("  ");
    if (route.reason.empty()) {
      text.append(KindName(route.kind)).append("\n");
    } else {
      text.append(Padded(KindName(route.kind), kKindWidth)).append("  ").append(route.reason).append("\n");
    }
  }
  return text;
}

}  // namespace connectrpc

namespace connectrpc::server {

bool RouteTable::Add(std::string path, Route route) {
  route.method = path.substr(1);
  return routes_.try_emplace(std::move(path), std::move(route)).second;
}

const Route* RouteTable::Find(std::string_view path) const {
  auto it = routes_.find(absl::string_view(path.data(), path.size()));
  return it == routes_.end() ? nullptr : &it->second;
}

std::vector<MethodRoute> RouteTable::List() const {
  std::vector<MethodRoute> list;
  for (const auto& [path, route] : routes_) list.push_back({route.method, route.kind, route.reason});
  std::sort(list.begin(), list.end(), [](const MethodRoute& a, const MethodRoute& b) { return a.method < b.method; });
  return list;
}

}  // namespace connectrpc::server
