// What clients are measured against: an echo that costs as little as a server of ours can, its handler being called on
// the loop itself, and a bare TCP echo of 64 bytes. Prints the HTTP and the TCP port and serves until it is killed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <thread>

#include "server/http_server.h"
#include "server/method_handler.h"
#include "server/route_table.h"

namespace connectrpc::bench {
namespace {

// Answers each call with the message that it came with.
class EchoMethod final : public server::MethodHandler {
 public:
  server::CallHandler* Start(server::Responder* responder) override { return new Call(responder); }

 private:
  class Call final : public server::CallHandler {
   public:
    explicit Call(server::Responder* responder) : responder_(responder) {}

    void OnMessage(Payload message) override { responder_->SendMessage(std::move(message)); }
    void OnHalfClose() override {
      responder_->Finish(protocol::RpcEnd());
      End();
    }
    void OnWritable() override {}
    void OnCancel() override { End(); }

   private:
    void End() {
      server::Responder* const responder = responder_;
      delete this;
      responder->Done();
    }

    server::Responder* const responder_;
  };
};

// Listens on a free port and echoes 64 bytes at a time, each connection on a thread of its own.
int ServeTcp() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 16) != 0) return -1;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  std::thread([listener] {
    for (;;) {
      const int connection = accept(listener, nullptr, nullptr);
      if (connection < 0) continue;
      const int on = 1;
      setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      std::thread([connection] {
        char buffer[64];
        ssize_t count;
        while ((count = read(connection, buffer, sizeof(buffer))) > 0) {
          if (write(connection, buffer, static_cast<size_t>(count)) != count) break;
        }
        close(connection);
      }).detach();
    }
  }).detach();
  return ntohs(address.sin_port);
}

int Main() {
  server::Route route;
  route.handler = std::make_unique<EchoMethod>();
  server::RouteTable routes;
  if (!routes.Add("/connectrpc.bench.EchoService/Echo", std::move(route))) return 1;
  HttpOptions options;
  options.listen = {"127.0.0.1:0"};
  options.loops = 1;
  options.limits.max_concurrent_streams = 1000;
  options.limits.max_running_calls_per_connection = 1000;
  auto server = server::StartHttpServer(options, std::move(routes));
  if (!server.ok()) {
    std::cerr << server.status() << std::endl;
    return 1;
  }
  std::cout << (*server)->port() << " " << ServeTcp() << std::endl;
  pause();
  return 0;
}

}  // namespace
}  // namespace connectrpc::bench

int main() {
  return connectrpc::bench::Main();
}
