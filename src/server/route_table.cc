#include "server/route_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"

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
