// A gRPC server as one might have it, and what makes it answer Connect and gRPC-Web as well: the lines marked `+
// added`.
//
// usage: greet_server [GRPC_ADDRESS [HTTP_ADDRESS]]   (default 127.0.0.1:50051 and 127.0.0.1:8080; port 0: any)
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/error_details.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>

#include "connectrpc/interop/serve_http.h"  // + added
#include "google/rpc/status.pb.h"
#include "greet.grpc.pb.h"

namespace {

using namespace greet::v1;

class GreetServiceImpl final : public GreetService::Service {
  grpc::Status Greet(grpc::ServerContext*, const GreetRequest* request, GreetResponse* response) override {
    if (request->name().empty()) return Invalid("name", "must not be empty");
    response->set_greeting("Hello, " + request->name() + "!");
    return grpc::Status::OK;
  }

  grpc::Status Describe(grpc::ServerContext*, const DescribeRequest* request, DescribeResponse* response) override {
    response->set_description("Greets people in " + (request->language().empty() ? "English" : request->language()));
    return grpc::Status::OK;
  }

  grpc::Status Collect(grpc::ServerContext*, grpc::ServerReader<GreetRequest>* reader,
                       GreetResponse* response) override {
    std::string names;
    for (GreetRequest request; reader->Read(&request);) names += (names.empty() ? "" : ", ") + request.name();
    response->set_greeting("Hello, " + names + "!");
    return grpc::Status::OK;
  }

  grpc::Status Countdown(grpc::ServerContext*, const CountdownRequest* request,
                         grpc::ServerWriter<CountdownResponse>* writer) override {
    CountdownResponse response;
    for (int number = request->from(); number > 0; --number) {
      response.set_number(number);
      if (!writer->Write(response)) break;  // the caller has gone
    }
    return grpc::Status::OK;
  }

  grpc::Status Chat(grpc::ServerContext*, grpc::ServerReaderWriter<GreetResponse, GreetRequest>* stream) override {
    GreetResponse response;
    for (GreetRequest request; stream->Read(&request);) {
      response.set_greeting("Hello, " + request.name() + "!");
      if (!stream->Write(response)) break;
    }
    return grpc::Status::OK;
  }

  // An error with a typed detail, as gRPC carries it.
  static grpc::Status Invalid(const std::string& field, const std::string& description) {
    InvalidField detail;
    detail.set_field(field);
    detail.set_description(description);
    google::rpc::Status rich;
    rich.set_code(grpc::StatusCode::INVALID_ARGUMENT);
    rich.set_message(field + " " + description);
    rich.add_details()->PackFrom(detail);
    grpc::Status status;
    grpc::SetErrorDetails(rich, &status);
    return status;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string grpc_address = argc > 1 ? argv[1] : "127.0.0.1:50051";
  const std::string http_address = argc > 2 ? argv[2] : "127.0.0.1:8080";

  // Before any thread starts, so that these signals wait for sigwait below.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  GreetServiceImpl service;
  int grpc_port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(grpc_address, grpc::InsecureServerCredentials(), &grpc_port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || grpc_port == 0) {
    std::cerr << "cannot listen on " << grpc_address << "\n";
    return 1;
  }
  std::cout << "gRPC on port " << grpc_port << std::endl;

  // snippet: serve
  connectrpc::HttpOptions http;                       // + added
  http.listen = {http_address};                       // + added
  auto front = connectrpc::ServeHttp(*server, http);  // + added
  if (!front.ok()) {                                  // + added
    std::cerr << front.status() << "\n";              // + added
    return 1;                                         // + added
  }                                                   // + added
  // end snippet
  std::cout << "HTTP on port " << (*front)->port() << std::endl;  // + added

  int signal = 0;
  sigwait(&stop_signals, &signal);
  (*front)->Shutdown(std::chrono::seconds(5));  // + added: running calls may finish
  server->Shutdown();
}
