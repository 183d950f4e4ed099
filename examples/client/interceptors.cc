// What stands between all calls of a client and their transport: here one that adds a token, and one that tells how
// calls went.
//
// usage: interceptor_client URL
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "connectrpc/client_interceptor.h"
#include "connectrpc/http_transport.h"
#include "greet.connect.pb.h"

using namespace greet::v1;

namespace {

// snippet: interceptors
// Adds a token to each call. The transport refuses to send it in clear, but to this machine.
class BearerToken final : public connectrpc::ClientInterceptor {
 public:
  explicit BearerToken(std::string token) : header_("Bearer " + std::move(token)) {}

  connectrpc::Error OnCall(const connectrpc::MethodSpec&, connectrpc::CallOptions* options,
                           std::unique_ptr<connectrpc::ClientCallInterceptor>*) override {
    options->headers.Add("authorization", header_);
    return {};
  }

 private:
  const std::string header_;
};

// Says how each call went.
class CallLog final : public connectrpc::ClientInterceptor {
 public:
  connectrpc::Error OnCall(const connectrpc::MethodSpec& method, connectrpc::CallOptions*,
                           std::unique_ptr<connectrpc::ClientCallInterceptor>* call) override {
    *call = std::make_unique<Call>(method);
    return {};
  }

 private:
  class Call final : public connectrpc::ClientCallInterceptor {
   public:
    explicit Call(const connectrpc::MethodSpec& method) : method_(method) {}
    void OnEnd(connectrpc::Error* error, connectrpc::HeaderList*) override {
      std::cout << method_.path << " ended with " << connectrpc::CodeName(error->code) << "\n";
    }

   private:
    const connectrpc::MethodSpec& method_;
  };
};
// end snippet

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto http = connectrpc::HttpTransport::Create(argv[1]);
  if (!http.ok()) return 1;
  // snippet: intercept
  std::shared_ptr<connectrpc::Transport> transport =
      connectrpc::Intercept(*http, {std::make_shared<CallLog>(), std::make_shared<BearerToken>("secret")});
  GreetServiceClient client(transport);
  // end snippet
  GreetRequest request;
  client.Greet(request);
  request.set_name("Ada");
  client.Greet(request);
}
