#ifndef CONNECTRPC_INTEROP_PARENT_CALL_H_
#define CONNECTRPC_INTEROP_PARENT_CALL_H_

#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "wire/timeout.h"

namespace connectrpc::interop {

class ParentCalls;

// A call that gRPC core knows as one of its server's, with a deadline and a cancellation of its own: what
// ClientContext::FromServerContext takes both from. Belongs to one context of a handler that is called directly.
class ParentCall final {
 public:
  // Never null. Until End.
  grpc_call* call() const { return call_; }

  // Calls that were made from it are cancelled, now and later. From any thread.
  void Cancel() { grpc_call_cancel(call_, nullptr); }

  // As the end of any call on a server, it cancels what was made from it and still runs. The object is gone.
  void End();

 private:
  friend class ParentCalls;

  // The server's half.
  struct Arrived {
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream{&context};
  };

  ParentCall(ParentCalls* owner, std::string name) : owner_(owner), name_(std::move(name)) {}

  ParentCalls* const owner_;
  const std::string name_;  // as its method's, by which its halves are matched
  grpc_call* call_ = nullptr;

  // Guarded by the owner's mutex.
  grpc::ClientContext client_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> client_half_;
  grpc::Status status_;
  std::unique_ptr<Arrived> server_half_;
  bool client_started_ = false;
  bool client_over_ = false;
  bool answered_ = false;
};

// Makes them, over a channel within the process to a server that has nothing else to do. No thread of gRPC's is woken
// for one: who makes it, or ends it, does all that follows. Thread-safe.
class ParentCalls final {
 public:
  // Null if gRPC starts no server.
  static std::unique_ptr<ParentCalls> Start();
  // End was called for all.
  ~ParentCalls();

  // Where gRPC makes no call (the deadline has passed), what is behind the result is a call that was cancelled.
  ParentCall* Begin(wire::TimePoint deadline);

 private:
  friend class ParentCall;

  ParentCalls() = default;

  void End(ParentCall* call);
  // Waits for one of gRPC's events, and notes it.
  void TakeEvent();
  void TakeArrival();

  std::mutex mutex_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;  // of both halves
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::unique_ptr<ParentCall::Arrived> next_;  // what the next call is to arrive in
  ParentCall* beginning_ = nullptr;            // whose server's half is waited for
  unsigned last_name_ = 0;
  ParentCall* cancelled_ = nullptr;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_PARENT_CALL_H_
