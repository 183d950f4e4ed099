#ifndef CONNECTRPC_INTEROP_GRPC_CHANNEL_H_
#define CONNECTRPC_INTEROP_GRPC_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>

#include "connectrpc/transport.h"

namespace connectrpc {

// A channel for gRPC stubs of every style (sync, callback, completion queue, generic) whose calls are carried by
// `transport`, in its protocol: nothing of the code that uses the stubs changes but where the channel comes from.
//
//   auto transport = connectrpc::HttpTransport::Create("https://api.example.com");
//   if (!transport.ok()) { ... }
//   auto stub = greet::v1::GreetService::NewStub(connectrpc::NewGrpcChannel(*transport));
//
// What works: all kinds of methods and types of messages (those with SerializationTraits of their own, too); metadata
// both ways; status with details; deadline and TryCancel; wait_for_ready; the compression algorithm; corked metadata;
// reactors and their holds. Messages are binary whatever the transport's codec. The channel owns the transport, and a
// ClientContext the channel. Destroying the ClientContext of a call that has not ended cancels it, and waits for the
// transport's loop to let go.
//
// What differs from gRPC's own channel:
// - Call credentials are refused with `unimplemented`, since gRPC keeps them to itself: AddMetadata instead.
// - set_authority, census, set_no_compression and the other WriteOptions but last_message are without effect.
// - peer(), auth_context() and debug_error_string() tell nothing of the connection.
// - GetState() is always TRANSIENT_FAILURE, and WaitForConnected waits for its deadline: leave it out.
// - Channel arguments do not apply: limits, keep-alive, retries and the like are options of the transport.
// - OnReadInitialMetadataDone(true) also tells of a call that has ended without headers of the server's.
// - Finish may be asked for before all messages were read: what has not been read is dropped. (gRPC's waits for ever.)
//   While a read is pending the status comes after the messages, as it does with gRPC.
// - A message that cannot be parsed ends its call with `internal`. (gRPC's own fails without a status, or aborts.)
// - GenericStub::Call and PrepareCall take every method for a bidirectional stream. That is well for any stream over
//   HTTP/2, and in the gRPC and gRPC-Web protocols for all methods; Connect's unary methods need PrepareUnaryCall or
//   UnaryCall.
// - Sync stubs block their thread: not to be used on the transport's loop.
std::shared_ptr<grpc::Channel> NewGrpcChannel(std::shared_ptr<Transport> transport);

}  // namespace connectrpc

#endif  // CONNECTRPC_INTEROP_GRPC_CHANNEL_H_
