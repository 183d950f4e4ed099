#ifndef CONNECTRPC_INTEROP_PARENT_CALL_H_
#define CONNECTRPC_INTEROP_PARENT_CALL_H_

#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "wire/timeout.h"

namespace connectrpc::interop {

class ParentCalls;

// A call that gRPC core knows as one of its server's, with a deadline and a cancellation of its own: what
// ClientContext::FromServerContext takes both from. Belongs to one context of a handler that is called directly.
class ParentCall final : private grpc::ServerGenericBidiReactor {
 public:
  // Never null. Until End.
  grpc_call* call() const { return call_; }

  // Calls that were made from it are cancelled, now and later. From any thread.
  void Cancel();

  // As the end of any call on a server, it cancels what was made from it and still runs. The object is gone.
  void End();

 private:
  friend class ParentCalls;

  // The tag of the client's half.
  struct Ended : grpc_completion_queue_functor {
    ParentCall* parent;
  };

  ParentCall(ParentCalls* owner, uint64_t id);
  ~ParentCall() override;

  void Start(wire::TimePoint deadline);
  void OnDone() override { Unref(); }
  // What follows the end of a batch runs where that came about, not on a thread of gRPC's.
  bool InternalInlineable() override { return true; }
  void Unref();

  ParentCalls* const owner_;
  const uint64_t id_;
  std::atomic<int> references_{2};  // the context's, the client's half's; with a server's half, that one's

  // Guarded by the owner's mutex until `settled_`.
  bool settled_ = false;
  bool has_server_half_ = false;
  grpc_call* call_ = nullptr;

  grpc::ClientContext client_;
  Ended ended_;
  grpc_metadata_array trailers_;
  grpc_status_code status_ = GRPC_STATUS_OK;
  grpc_slice message_;
};

// Makes them, over a channel within the process to a server that has nothing else to do. Thread-safe.
class ParentCalls final : private grpc::CallbackGenericService {
 public:
  // Null if gRPC starts no server.
  static std::unique_ptr<ParentCalls> Start();
  // Waits for calls that are about to be over: End was called for all.
  ~ParentCalls() override;

  // Where gRPC makes no call (the deadline has passed), what is behind the result is a call that was cancelled.
  ParentCall* Begin(wire::TimePoint deadline);

 private:
  friend class ParentCall;

  // The tag of the queue's own end.
  struct Drained : grpc_completion_queue_functor {
    ParentCalls* owner;
  };

  ParentCalls();

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;
  // The client's half is over; if there is no server's half yet, none will come.
  void Settle(ParentCall* call);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<uint64_t, ParentCall*> expected_;  // whose server's half may still come, by id
  uint64_t last_id_ = 0;
  size_t live_ = 0;
  bool drained_ = false;

  Drained drained_tag_;
  std::unique_ptr<grpc::CompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
  ParentCall* cancelled_ = nullptr;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_PARENT_CALL_H_
