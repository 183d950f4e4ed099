// A program that has gRPC stubs moves to Connect: step by step, in either order, and each step can be undone.
//
// usage: migrating_client URL
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>

#include "connectrpc/http_transport.h"
#include "connectrpc/interop/grpc_channel.h"
#include "greet.connect.pb.h"
#include "greet.grpc.pb.h"

using namespace greet::v1;

namespace {

// As it was, and as it stays: code that knows a stub.
void OldCode(GreetService::StubInterface& stub) {
  grpc::ClientContext context;
  GreetRequest request;
  request.set_name("Ada");
  GreetResponse response;
  const grpc::Status status = stub.Greet(&context, request, &response);
  std::cout << "by the stub: " << (status.ok() ? response.greeting() : status.error_message()) << "\n";
}

void NewCode(GreetServiceClientInterface& client) {
  GreetRequest request;
  request.set_name("Grace");
  const connectrpc::Result<GreetResponse> result = client.Greet(request);
  std::cout << "by the client: " << (result.ok() ? result->greeting() : result.error().message) << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  // snippet: migration
  // One transport, in whichever protocol the server speaks.
  auto transport = connectrpc::HttpTransport::Create(argv[1]);
  if (!transport.ok()) return 1;

  // The stubs stay; only their channel comes from elsewhere.
  std::unique_ptr<GreetService::Stub> stub = GreetService::NewStub(connectrpc::NewGrpcChannel(*transport));
  OldCode(*stub);

  // New code uses generated clients beside them.
  GreetServiceClient client(*transport);
  NewCode(client);
  // end snippet

  // The other order: generated clients first, in gRPC, to a server that knows nothing of Connect.
  // snippet: grpc-protocol
  connectrpc::HttpTransportOptions options;
  options.protocol = connectrpc::Protocol::kGrpc;
  auto grpc = connectrpc::HttpTransport::Create(argv[1], options);
  // end snippet
  if (!grpc.ok()) return 1;
  GreetServiceClient in_grpc(*grpc);
  NewCode(in_grpc);
}
