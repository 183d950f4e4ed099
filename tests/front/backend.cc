// A gRPC server as gRPC makes them: no front end, nothing of this library.
//
// usage: front_backend ADDRESS NAME [CERTIFICATE KEY]
//
// Says "listening on PORT" and serves until it is killed. front_reflecting_backend is the same, linked with gRPC's
// reflection library, which adds itself.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "front/backend.grpc.pb.h"

namespace {

using front::test::SayRequest;
using front::test::SayResponse;

class BackendImpl final : public front::test::Backend::Service {
 public:
  explicit BackendImpl(std::string name) : name_(std::move(name)) {}

 private:
  grpc::Status Say(grpc::ServerContext* context, const SayRequest* request, SayResponse* response) override {
    while (request->wait() && !context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (request->code() != 0) return grpc::Status(static_cast<grpc::StatusCode>(request->code()), request->text());
    response->set_text(request->text());
    if (request->has_any()) *response->mutable_any() = request->any();
    response->set_server(name_);
    response->mutable_payload()->set_number(1);
    return grpc::Status::OK;
  }

  grpc::Status Look(grpc::ServerContext* context, const SayRequest* request, SayResponse* response) override {
    return Say(context, request, response);
  }

  grpc::Status Count(grpc::ServerContext* context, const SayRequest* request,
                     grpc::ServerWriter<SayResponse>* writer) override {
    for (int i = 0; i < request->count(); ++i) {
      SayResponse response;
      const grpc::Status status = Say(context, request, &response);
      if (!status.ok() || !writer->Write(response)) return status;
    }
    return grpc::Status::OK;
  }

  const std::string name_;
};

std::string ReadFile(const char* name) {
  std::ifstream file(name);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (argc == 5) {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({ReadFile(argv[4]), ReadFile(argv[3])});
    credentials = grpc::SslServerCredentials(options);
  }
  grpc::EnableDefaultHealthCheckService(true);
  BackendImpl service(argv[2]);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], credentials, &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  std::cout << "listening on " << port << std::endl;
  server->Wait();
}
