#ifndef CONNECTRPC_SRC_SERVER_ROUTE_TABLE_H_
#define CONNECTRPC_SRC_SERVER_ROUTE_TABLE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "connectrpc/protocol.h"
#include "connectrpc/server.h"
#include "server/method_handler.h"

namespace connectrpc::server {

// A method that can be called.
struct Route {
  std::string method;  // "package.Service/Method", set by RouteTable::Add
  StreamType stream_type = StreamType::kUnary;
  bool no_side_effects = false;  // idempotency_level = NO_SIDE_EFFECTS: may be called by GET
  std::unique_ptr<MethodHandler> handler;
  MethodRoute::Kind kind = MethodRoute::Kind::kChannel;
  std::string reason;  // for MethodRoute
};

// From paths to methods. Built before the server starts, then only read, by all loops.
class RouteTable {
 public:
  // `path` is "/package.Service/Method". False if it is taken.
  [[nodiscard]] bool Add(std::string path, Route route);

  // Compares bytes: a path that differs in case, escapes, slashes or an embedded NUL is another path. Null for unknown
  // ones.
  const Route* Find(std::string_view path) const;

  size_t size() const { return routes_.size(); }

  // All of them, by method in alphabetical order.
  std::vector<MethodRoute> List() const;

 private:
  absl::flat_hash_map<std::string, Route> routes_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_ROUTE_TABLE_H_
