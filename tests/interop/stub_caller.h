#ifndef CONNECTRPC_TESTS_INTEROP_STUB_CALLER_H_
#define CONNECTRPC_TESTS_INTEROP_STUB_CALLER_H_

#include <grpcpp/channel.h>

#include <memory>
#include <ostream>
#include <string>

#include "interop/rpc.h"

namespace connectrpc::test {

// A style of gRPC stub, for parametrised tests.
struct StubStyle {
  std::string name;
  // Calls a method of SyncEcho. `before_cancel` runs when all was sent, if nothing has failed before.
  CallResult (*call)(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec);
};
inline std::ostream& operator<<(std::ostream& out, const StubStyle& style) {
  return out << style.name;
}

CallResult CallSync(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec);
// Echo by a function, Get by a ClientUnaryReactor.
CallResult CallCallback(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec);
// Echo started at once; all others prepared, then started. Get asks for the initial metadata first.
CallResult CallQueue(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec);
// A stub of ByteBuffers, which takes every method that streams for a bidirectional one.
CallResult CallGeneric(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec);

inline const StubStyle kStubStyles[] = {
    {"Sync", CallSync}, {"Callback", CallCallback}, {"Queue", CallQueue}, {"Generic", CallGeneric}};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_STUB_CALLER_H_
