#ifndef CONNECTRPC_INTEROP_DIRECT_STREAM_CALL_H_
#define CONNECTRPC_INTEROP_DIRECT_STREAM_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/interop/direct_stream.h"
#include "connectrpc/payload.h"
#include "connectrpc/protocol.h"
#include "interop/direct_context.h"
#include "interop/direct_message.h"
#include "interop/parent_call.h"
#include "net/loop.h"
#include "protocol/model.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// Runs the calls of a streaming callback method without gRPC core.
class DirectStreamMethod final : public server::MethodHandler {
 public:
  struct Types {
    StreamType stream_type = StreamType::kBidiStream;
    DirectType request;
    DirectType response;
    std::shared_ptr<ParentCalls> parents = nullptr;  // for DirectContext
  };

  DirectStreamMethod(std::shared_ptr<const StreamMethod> method, const Types& types)
      : method_(std::move(method)), types_(types) {}

  server::CallHandler* Start(server::Responder* responder) override;

  const Types& types() const { return types_; }
  const StreamMethod& method() const { return *method_; }

 private:
  const std::shared_ptr<const StreamMethod> method_;  // front ends share it
  const Types types_;
};

// A call of such a method, and the next ones on the same pooled stream: keeps gRPC's contract with the reactor.
//
// All reactions run on the loop's thread, one after the other, never inside an operation or inside one another. OnDone
// comes once and last: when the method has returned, Finish was called, and each operation has had its reaction.
// OnCancel comes at most once, after the method has returned. From a cancellation on all operations fail, and Finish
// only ends the call. A message that cannot be read cancels the call: its reader is told false, its caller what was
// wrong.
//
// Where gRPC gives no answer, or a bad one: a reaction that throws ends the call as if its reactor had called
// Finish with UNKNOWN, and OnDone follows (in gRPC the call hangs); other threads may then start no operation any more.
// A second operation of a kind while one is outstanding cancels the call (gRPC aborts the process). A second Finish is
// ignored.
class DirectStreamCall final : public server::Kept,
                               public server::CallHandler,
                               private StreamOperations,
                               private net::Task {
 public:
  explicit DirectStreamCall(const DirectStreamMethod* method);

  const DirectStreamMethod* method() const { return method_; }

  // False if the call is over already.
  bool Begin(server::Responder* responder);

  void OnMessage(Payload message) override;
  void OnHalfClose() override;
  void OnWritable() override;
  void OnCancel() override;

 private:
  enum class Operation : uint8_t {
    kIdle,
    kOutstanding,
    kSucceeded,  // the reaction is due
    kFailed,     // the same
  };
  // What other threads have asked for and the loop has not seen yet.
  enum Posted : uint32_t {
    kSendInitialMetadata = 1,
    kRead = 2,
    kWrite = 4,
    kWriteAndFinish = 8,
    kFinish = 16,
    kTooMuch = 32,  // an operation before the last one of its kind has had its reaction
    kTask = 64,     // the task is in the loop's queue
  };

  // The reactor's operations, on any thread.
  void SendInitialMetadata() override;
  void Read(void* message) override;
  void Write(const void* message, const grpc::WriteOptions& options) override;
  void WriteAndFinish(const void* message, const grpc::WriteOptions& options, grpc::Status status) override;
  void Finish(grpc::Status status) override;
  void Post(uint32_t operation);

  // The loop's thread, from here on.
  void Run() override;
  // Does what other threads have asked for.
  void TakePosted();
  // Has React called once whoever is active now has returned.
  void ReactLater();
  // Runs the reactions that are due, with whatever they cause, and ends the call when nothing is left to come. True if
  // that happened: the object may be in use by the next call.
  bool React();
  // At most once each; how many ran.
  int ReactOnce();
  template <class Reaction>
  void Invoke(Reaction reaction);
  bool IsOver() const;
  void End();
  void Release();

  // As Begin.
  bool StartMethod(const void* request);
  void DoSendInitialMetadata();
  void DoRead(void* message);
  void DoWrite(const void* message, bool compress);
  // `message`, which may be null, goes first.
  void DoFinish(const void* message, bool compress, const grpc::Status& status);
  void Answer(const void* message, bool compress, const grpc::Status& status);
  SendResult SendPrepared(bool compress);

  // What the handler has set, if it has not gone out yet; ahead of something else, or alone. The error is the one to
  // answer with.
  [[nodiscard]] Error SendHeaders(bool goes_with_more);

  void ReadFrom(Payload bytes);
  void Keep(Payload message);
  void DropKept();
  // The caller is told this error, unless its call has ended, and nothing more.
  void Fail(Error error);
  void Cancel();
  void FailTooMuch();

  const DirectStreamMethod* const method_;
  const std::unique_ptr<StreamAdapter> adapter_;
  DirectContext<grpc::CallbackServerContext> context_;
  // The request of server streams, the response of client streams.
  CallArena<512> arena_;
  void* response_ = nullptr;
  server::Responder* responder_ = nullptr;
  net::Loop* loop_ = nullptr;

  // Handed over from other threads by posted_.
  std::atomic<uint32_t> posted_{0};
  std::atomic<bool> finish_posted_{false};  // one thread alone hands a status over
  void* posted_read_ = nullptr;
  const void* posted_write_ = nullptr;
  bool posted_compress_ = true;
  grpc::Status posted_status_;

  // Messages that came before they were read: those from first_kept_ on.
  std::vector<Payload> kept_;
  size_t first_kept_ = 0;
  DirectAnswer message_;
  HeaderList headers_;
  protocol::RpcEnd end_;
  void* read_into_ = nullptr;  // while read_ is outstanding
  Operation read_ = Operation::kIdle;
  Operation write_ = Operation::kIdle;
  Operation send_headers_ = Operation::kIdle;
  bool has_reactor_ = false;
  bool reacting_ = false;
  bool headers_sent_ = false;
  bool half_closed_ = false;
  bool reading_paused_ = false;
  bool answered_ = false;  // nothing more goes to the responder but Done
  bool finished_ = false;  // by the reactor, or in its place
  bool cancelled_ = false;
  bool cancel_due_ = false;  // OnCancel is
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_STREAM_CALL_H_
