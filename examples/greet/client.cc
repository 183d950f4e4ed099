// Calls each kind of method by the stub that gRPC generates. It knows nothing of the front end, and works the same
// against gRPC's own port.
//
// usage: greet_client ADDRESS
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/error_details.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "google/rpc/status.pb.h"
#include "greet.grpc.pb.h"

namespace {

using namespace greet::v1;

GreetRequest Named(const std::string& name) {
  GreetRequest request;
  request.set_name(name);
  return request;
}

void Require(const grpc::Status& status, const char* method) {
  if (status.ok()) return;
  std::cerr << method << " failed with " << status.error_code() << ": " << status.error_message() << "\n";
  std::exit(1);
}

void Unary(GreetService::Stub& stub) {
  grpc::ClientContext context;
  GreetResponse response;
  Require(stub.Greet(&context, Named("Ada"), &response), "Greet");
  std::cout << "Greet: " << response.greeting() << "\n";
}

void UnaryError(GreetService::Stub& stub) {
  grpc::ClientContext context;
  GreetResponse response;
  grpc::Status status = stub.Greet(&context, Named(""), &response);
  std::cout << "Greet without a name: code " << status.error_code() << ", " << status.error_message();
  google::rpc::Status rich;
  InvalidField detail;
  if (grpc::ExtractErrorDetails(status, &rich).ok() && rich.details_size() == 1 && rich.details(0).UnpackTo(&detail)) {
    std::cout << "; detail: " << detail.field() << ", " << detail.description();
  }
  std::cout << "\n";
}

void ClientStream(GreetService::Stub& stub) {
  grpc::ClientContext context;
  GreetResponse response;
  std::unique_ptr<grpc::ClientWriter<GreetRequest>> writer = stub.Collect(&context, &response);
  for (const char* name : {"Ada", "Grace", "Edsger"}) writer->Write(Named(name));
  writer->WritesDone();
  Require(writer->Finish(), "Collect");
  std::cout << "Collect: " << response.greeting() << "\n";
}

void ServerStream(GreetService::Stub& stub) {
  grpc::ClientContext context;
  CountdownRequest request;
  request.set_from(3);
  std::unique_ptr<grpc::ClientReader<CountdownResponse>> reader = stub.Countdown(&context, request);
  std::cout << "Countdown:";
  for (CountdownResponse response; reader->Read(&response);) std::cout << " " << response.number();
  Require(reader->Finish(), "Countdown");
  std::cout << "\n";
}

// Each greeting is read before the next name is sent.
void BidiStream(GreetService::Stub& stub) {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<GreetRequest, GreetResponse>> stream = stub.Chat(&context);
  std::cout << "Chat:";
  GreetResponse response;
  for (const char* name : {"Ada", "Grace"}) {
    if (!stream->Write(Named(name)) || !stream->Read(&response)) break;
    std::cout << " " << response.greeting();
  }
  stream->WritesDone();
  Require(stream->Finish(), "Chat");
  std::cout << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: greet_client ADDRESS\n";
    return 2;
  }
  auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  std::unique_ptr<GreetService::Stub> stub = GreetService::NewStub(channel);
  Unary(*stub);
  UnaryError(*stub);
  ClientStream(*stub);
  ServerStream(*stub);
  BidiStream(*stub);
}
