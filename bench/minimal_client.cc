// The least client of ours, for its size: one call.
#include <iostream>

#include "bench/echo.connect.pb.h"
#include "connectrpc/http_transport.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto transport = connectrpc::HttpTransport::Create(argv[1]);
  if (!transport.ok()) return 1;
  connectrpc::bench::EchoServiceClient client(*transport);
  std::cout << client.Echo({})->text() << "\n";
}
