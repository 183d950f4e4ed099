// A client that shows a certificate of its own, and takes no server but one whose certificate is of a given authority.
//
// usage: mtls_client URL CA_FILE CERTIFICATE_FILE KEY_FILE
#include <iostream>

#include "connectrpc/http_transport.h"
#include "greet.connect.pb.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  // snippet: mtls
  connectrpc::HttpTransportOptions options;
  options.tls.ca_file = argv[2];
  options.tls.certificate_chain_file = argv[3];
  options.tls.private_key_file = argv[4];
  auto transport = connectrpc::HttpTransport::Create(argv[1], options);
  // end snippet
  if (!transport.ok()) {
    std::cerr << transport.status() << "\n";
    return 1;
  }
  greet::v1::GreetServiceClient client(*transport);
  greet::v1::GreetRequest request;
  request.set_name("Ada");
  const connectrpc::Result<greet::v1::GreetResponse> result = client.Greet(request);
  std::cout << "Greet: " << (result.ok() ? result->greeting() : result.error().message) << "\n";
  return result.ok() ? 0 : 1;
}
