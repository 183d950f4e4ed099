#ifndef CONNECTRPC_TESTS_INTEROP_ECHO_SERVER_H_
#define CONNECTRPC_TESTS_INTEROP_ECHO_SERVER_H_

#include <grpcpp/server.h>

#include <memory>

#include "connectrpc/interop/serve_http.h"
#include "connectrpc/server.h"
#include "interop/callback_echo.h"
#include "interop/echo_state.h"
#include "interop/queue_echo.h"
#include "interop/sync_echo.h"

namespace connectrpc::test {

// The options of most tests: a free port of this machine, two loops.
HttpOptions LocalOptions();

// How the front end reaches SyncEcho and CallbackEcho; all others are behind the channel.
enum class Mount { kChannel, kDirect };

// A service whose methods are all reached by one route, for tests of both.
struct Door {
  const char* name;
  const char* service;
  Mount mount;
};
constexpr Door kDoors[] = {{"Channel", "SyncEcho", Mount::kChannel}, {"Direct", "CallbackEcho", Mount::kDirect}};

// One grpc::Server with a service of each style, and a front end beside it.
class EchoServer final {
 public:
  explicit EchoServer(const HttpOptions& options = LocalOptions(), Mount mount = Mount::kChannel);
  ~EchoServer();

  int port() const { return front_->port(); }
  EchoState& state() { return state_; }
  grpc::Server& grpc_server() { return *server_; }
  int grpc_port() const { return grpc_port_; }
  HttpServer& front() { return *front_; }

  void DestroyFront() { front_.reset(); }
  void StopGrpc();

 private:
  EchoState state_;
  SyncEchoService sync_{&state_};
  CallbackEchoService callback_{&state_};
  QueueEchoServices queue_{&state_};
  int grpc_port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_ECHO_SERVER_H_
