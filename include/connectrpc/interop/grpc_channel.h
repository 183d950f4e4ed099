#ifndef CONNECTRPC_INTEROP_GRPC_CHANNEL_H_
#define CONNECTRPC_INTEROP_GRPC_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>

#include "connectrpc/transport.h"

namespace connectrpc {

// A channel for gRPC stubs of every style (sync, callback, completion queue, generic) whose calls are carried by
// `transport`, in its protocol: nothing of the code that uses the stubs changes but where the channel comes from.
// Messages are binary whatever the transport's codec. Of a ClientContext these work: metadata both ways, deadline,
// TryCancel, wait_for_ready, compression algorithm, peer-independent accessors; not: call credentials (send the header
// instead; docs/clients.md), authority, census, fail-fast statistics. The channel's connectivity state means nothing.
std::shared_ptr<grpc::Channel> NewGrpcChannel(std::shared_ptr<Transport> transport);

}  // namespace connectrpc

#endif  // CONNECTRPC_INTEROP_GRPC_CHANNEL_H_
