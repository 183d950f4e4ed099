#ifndef CONNECTRPC_INTEROP_SERVER_WATCH_H_
#define CONNECTRPC_INTEROP_SERVER_WATCH_H_

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace connectrpc::interop {

// Tells whether the server at the other end of an in-process channel still takes calls. Thread-safe.
//
// Before grpc/grpc#38645 gRPC crashes on a call that is created after the server of an in-process channel was shut
// down, and the channel's state does not tell. So this holds a call open whose head is never sent. Nobody is asked to
// handle it, it does not keep the server from shutting down, and it ends when that happens. (When it is cancelled in
// the destructor, gRPC makes up a path, "/", for it: a generic service sees one call of that name, already cancelled.)
//
// gRPC tells a moment after the fact: a call that is created in that moment is not saved.
class ServerWatch final : private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit ServerWatch(grpc::GenericStub* stub);
  ~ServerWatch() override;

  bool is_serving() const { return serving_.load(std::memory_order_acquire); }

 private:
  void OnDone(const grpc::Status& status) override;

  grpc::ClientContext context_;
  std::atomic<bool> serving_{true};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_SERVER_WATCH_H_
