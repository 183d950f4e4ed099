#ifndef CONNECTRPC_TESTS_INTEROP_DIRECT_ECHO_H_
#define CONNECTRPC_TESTS_INTEROP_DIRECT_ECHO_H_

#include <memory>

#include "connectrpc/server.h"
#include "echo.grpc.pb.h"

// What generated code has for the unary methods of the echo services; the others stay with gRPC.
namespace connectrpc::test::echo {

std::shared_ptr<DirectService> ConnectDirect(SyncEcho::Service* service, const DirectOptions& options);
std::shared_ptr<DirectService> ConnectDirect(CallbackEcho::Service* service, const DirectOptions& options);

}  // namespace connectrpc::test::echo

#endif  // CONNECTRPC_TESTS_INTEROP_DIRECT_ECHO_H_
