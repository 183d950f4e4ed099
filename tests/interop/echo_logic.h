#ifndef CONNECTRPC_TESTS_INTEROP_ECHO_LOGIC_H_
#define CONNECTRPC_TESTS_INTEROP_ECHO_LOGIC_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <string_view>

#include "connectrpc/owned_view.h"
#include "echo.pb.h"
#include "echo.view.pb.h"
#include "interop/echo_state.h"

// What the handlers do, whatever style they are written in.
namespace connectrpc::test {

// The message of a request, whatever it came as.
inline const echo::EchoRequest& MessageOf(const echo::EchoRequest& request) {
  return request;
}
echo::EchoRequest MessageOf(const OwnedView<echo::EchoRequestView>& request);

// Sets the metadata that the first request of a call asks for.
void SetMetadata(const echo::EchoRequest& first, grpc::ServerContextBase* context);
// The answer to a request: its text and data, and what the handler sees of the call.
echo::EchoResponse Reply(const echo::EchoRequest& request, const grpc::ServerContextBase& context);
// The answer of Expand with that index.
echo::EchoResponse ExpandReply(const echo::EchoRequest& request, const grpc::ServerContextBase& context,
                               uint32_t index);
grpc::Status OutcomeOf(const echo::EchoRequest& last);

// The messages of a call, for handlers that block.
class EchoIo {
 public:
  virtual bool Read(echo::EchoRequest* request) = 0;
  virtual bool Write(const echo::EchoResponse& response) = 0;
  virtual void WaitUntilCancelled() = 0;
  virtual grpc::ServerContextBase& context() = 0;

 protected:
  ~EchoIo() = default;
};

// Runs the method of that name ("Echo", "Get", "Collect", "Expand", "Chat") to its end.
grpc::Status RunEcho(std::string_view method, EchoIo* io, EchoState* state);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_ECHO_LOGIC_H_
