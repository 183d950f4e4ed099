#ifndef CONNECTRPC_INTEROP_DIRECT_CONTEXT_H_
#define CONNECTRPC_INTEROP_DIRECT_CONTEXT_H_

#include <grpcpp/server_context.h>

#include <memory>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "interop/parent_call.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// The context of a call that gRPC core does not know: filled so that its handler sees no difference (metadata,
// deadline, cancellation, peer, the client's certificate; TryCancel does no harm). Kept from call to call, so that one
// costs no allocation that its handler does not cause. `Context` is grpc::ServerContext or grpc::CallbackServerContext.
//
// Thread rule: on the loop's thread, but where it says otherwise.
template <class Context>
class DirectContext final {
 public:
  DirectContext();
  ~DirectContext();

  // Begins a call; until End the context is the handler's, on any thread. The responder's request metadata outlives it.
  // `parents`: what the handler's own calls may be made from; null: none may be, and peer() knows the client.
  Context* Begin(server::Responder* responder, ParentCalls* parents,
                 grpc::RpcAllocatorState* allocator_state = nullptr);
  Context* get();
  // Whether no call before this one has had its context.
  bool is_new() const;

  // IsCancelled is true from now on, and calls made from the context are cancelled. From any thread.
  void MarkCancelled();

  // What the handler has set so far; gRPC's reserved names are left out. An error, which names the culprit, for what
  // cannot be sent: gRPC itself would abort the process. Not while the handler may still be changing it.
  [[nodiscard]] Error TakeInitialMetadata(HeaderList* metadata);
  [[nodiscard]] Error TakeTrailingMetadata(HeaderList* metadata);
  // The handler asked for messages to go out as they are (set_compression_algorithm, set_compression_level).
  bool wants_no_compression() const;

  // The handler is through with the context: it is destroyed, or made what a new one is.
  void End();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_CONTEXT_H_
