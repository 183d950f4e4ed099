#ifndef CONNECTRPC_TESTS_INTEROP_CALLER_H_
#define CONNECTRPC_TESTS_INTEROP_CALLER_H_

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "interop/rpc.h"

namespace connectrpc::test {

// A client of one protocol on one version of HTTP.
class Caller {
 public:
  virtual ~Caller() = default;
  // Makes the call on a connection of its own. One that is given up has no result.
  virtual CallResult Call(const CallSpec& spec) = 0;
};

// How to call, for parametrised tests.
struct CallerKind {
  std::string name;
  std::unique_ptr<Caller> (*make)(int port);
};
inline std::ostream& operator<<(std::ostream& out, const CallerKind& kind) {
  return out << kind.name;
}

std::unique_ptr<Caller> NewConnectHttp1Json(int port);
std::unique_ptr<Caller> NewConnectHttp2Proto(int port);
std::unique_ptr<Caller> NewGrpcWebHttp1(int port);
// gRPC's own client: a generic stub on an ordinary channel.
std::unique_ptr<Caller> NewStockGrpc(int port);

std::vector<CallerKind> AllCallers();

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_CALLER_H_
