// Calls that nobody waits for: callbacks, which run on the transport's loop, and the cancellation of a call.
//
// usage: callback_client URL
#include <future>
#include <iostream>

#include "connectrpc/cancellation.h"
#include "connectrpc/http_transport.h"
#include "greet.connect.pb.h"

using namespace greet::v1;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto transport = connectrpc::HttpTransport::Create(argv[1]);
  if (!transport.ok()) return 1;
  GreetServiceClient client(*transport);

  // snippet: callback
  GreetRequest request;
  request.set_name("Ada");
  std::promise<void> done;
  client.Greet(request, {}, [&done](connectrpc::Result<GreetResponse> result) {  // must not block
    std::cout << "Greet: " << (result.ok() ? result->greeting() : result.error().message) << "\n";
    done.set_value();
  });
  done.get_future().wait();
  // end snippet

  // snippet: cancel
  connectrpc::Cancellation cancellation;  // may be shared by calls; any thread may cancel them
  connectrpc::CallOptions options;
  options.cancellation = &cancellation;
  connectrpc::ClientReaderWriter<GreetRequest, GreetResponse> stream = client.Chat(options);
  cancellation.Cancel();
  std::cout << "Chat: " << connectrpc::CodeName(stream.Finish().code) << "\n";
  // end snippet
}
