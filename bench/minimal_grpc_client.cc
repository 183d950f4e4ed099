// The least client of gRPC's, for its size: one call.
#include <grpcpp/grpcpp.h>

#include <iostream>

#include "bench/echo.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto stub = connectrpc::bench::EchoService::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  connectrpc::bench::EchoResponse response;
  stub->Echo(&context, {}, &response);
  std::cout << response.text() << "\n";
}
