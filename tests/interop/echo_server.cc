#include "interop/echo_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <utility>

#include "echo.connect.grpc.pb.h"

namespace connectrpc::test {

HttpOptions LocalOptions() {
  HttpOptions options;
  options.listen = {"127.0.0.1:0"};
  options.loops = 2;
  // Http2Client::Ping is a round trip, of which tests make as many as they like.
  options.timeouts.min_ping_interval = options.timeouts.min_idle_ping_interval = std::chrono::milliseconds(0);
  return options;
}

EchoServer::EchoServer(const HttpOptions& options, Mount mount) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &grpc_port_);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(&sync_);
  builder.RegisterService(&callback_);
  queue_.Register(&builder);
  server_ = builder.BuildAndStart();
  queue_.Start();
  HttpOptions http = options;
  if (mount == Mount::kDirect) {
    http.direct(&sync_);
    http.direct(&callback_);
  }
  auto front = ServeHttp(*server_, http);
  EXPECT_TRUE(front.ok()) << front.status();
  if (front.ok()) front_ = *std::move(front);
}

EchoServer::~EchoServer() {
  DestroyFront();
  StopGrpc();
  queue_.Stop();
}

void EchoServer::StopGrpc() {
  server_->Shutdown(std::chrono::system_clock::now());
}

}  // namespace connectrpc::test
