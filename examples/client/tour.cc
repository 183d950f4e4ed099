// Calls each kind of method by the client that protoc-gen-connect-cpp generates. It needs no gRPC library.
//
// usage: connect_client URL [connect|grpc|grpc-web] [proto|json]
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include "connectrpc/error_details.h"
#include "connectrpc/http_transport.h"
#include "greet.connect.pb.h"

namespace {

using namespace greet::v1;

GreetRequest Named(const std::string& name) {
  GreetRequest request;
  request.set_name(name);
  return request;
}

// snippet: unary
void Unary(GreetServiceClientInterface& client) {
  connectrpc::CallOptions options;
  options.timeout = std::chrono::seconds(2);
  options.headers.Add("x-request-id", "42");

  connectrpc::Result<GreetResponse> result = client.Greet(Named("Ada"), options);
  if (result.ok()) {
    std::cout << "Greet: " << result->greeting() << "\n";
  } else {
    std::cout << "Greet: " << connectrpc::CodeName(result.error().code) << ", " << result.error().message << "\n";
  }
}
// end snippet

// snippet: error
void UnaryError(GreetServiceClientInterface& client) {
  connectrpc::Result<GreetResponse> result = client.Greet(Named(""));
  std::cout << "Greet without a name: " << connectrpc::CodeName(result.error().code) << ", " << result.error().message;
  if (auto invalid = connectrpc::FindDetail<InvalidField>(result.error())) {
    std::cout << "; detail: " << invalid->field() << ", " << invalid->description();
  }
  std::cout << "\n";
}
// end snippet

// snippet: get
// A method without side effects, by GET: caches on the way may answer.
void Get(GreetServiceClientInterface& client) {
  connectrpc::CallOptions options;
  options.http_get = true;
  DescribeRequest request;
  request.set_language("French");
  std::cout << "Describe: " << client.Describe(request, options)->description() << "\n";
}
// end snippet

// snippet: client-stream
void ClientStream(GreetServiceClientInterface& client) {
  connectrpc::ClientWriter<GreetRequest, GreetResponse> writer = client.Collect();
  for (const char* name : {"Ada", "Grace", "Edsger"}) {
    if (!writer.Write(Named(name))) break;  // the call has ended: Finish says how
  }
  connectrpc::Result<GreetResponse> result = writer.Finish();
  std::cout << "Collect: " << (result.ok() ? result->greeting() : result.error().message) << "\n";
}
// end snippet

// snippet: server-stream
void ServerStream(GreetServiceClientInterface& client) {
  CountdownRequest request;
  request.set_from(3);
  connectrpc::ClientReader<CountdownResponse> reader = client.Countdown(request);
  std::cout << "Countdown:";
  for (CountdownResponse response; reader.Read(&response);) std::cout << " " << response.number();
  if (connectrpc::Error error = reader.Finish(); !error.ok()) std::cout << " " << error.message;
  std::cout << "\n";
}
// end snippet

// snippet: bidi-stream
// Each greeting is read before the next name is sent, which takes HTTP/2.
void BidiStream(GreetServiceClientInterface& client) {
  connectrpc::ClientReaderWriter<GreetRequest, GreetResponse> stream = client.Chat();
  std::cout << "Chat:";
  GreetResponse response;
  for (const char* name : {"Ada", "Grace"}) {
    if (!stream.Write(Named(name)) || !stream.Read(&response)) break;
    std::cout << " " << response.greeting();
  }
  if (connectrpc::Error error = stream.Finish(); !error.ok()) std::cout << " " << error.message;
  std::cout << "\n";
}
// end snippet

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: connect_client URL [connect|grpc|grpc-web] [proto|json]\n";
    return 2;
  }
  const std::string protocol = argc > 2 ? argv[2] : "connect";
  // snippet: transport
  connectrpc::HttpTransportOptions options;
  options.http = connectrpc::HttpVersions::kHttp2;  // full-duplex streams need it
  if (protocol == "grpc") options.protocol = connectrpc::Protocol::kGrpc;
  if (protocol == "grpc-web") options.protocol = connectrpc::Protocol::kGrpcWeb;
  options.defaults.codec = argc > 3 ? argv[3] : "proto";
  options.defaults.timeout = std::chrono::seconds(10);

  auto transport = connectrpc::HttpTransport::Create(argv[1], options);
  if (!transport.ok()) {  // a wrong URL or option, never the server: nothing has been sent yet
    std::cerr << transport.status() << "\n";
    return 1;
  }
  GreetServiceClient client(*transport);
  // end snippet
  Unary(client);
  UnaryError(client);
  Get(client);
  ClientStream(client);
  ServerStream(client);
  BidiStream(client);
}
