#ifndef CONNECTRPC_INTEROP_HIJACKED_CALL_H_
#define CONNECTRPC_INTEROP_HIJACKED_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_interceptor.h>
#include <grpcpp/support/interceptor.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connectrpc/call_loop.h"
#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/payload.h"
#include "connectrpc/transport.h"

namespace connectrpc::interop {

// One call of a gRPC stub, taken from gRPC's hands by an interceptor and carried by a transport.
//
// A stub asks by batches of operations. gRPC shows each batch three times: with what it sends; with what it receives,
// from inside the Hijack or Proceed that ends the first time; and, after the Proceed that ends the second, when the
// batch is complete. The first two happen on the loop, where a batch may be kept until the transport has done what it
// asks for; the third one on the thread that waits for the batch. When the call has ended no batch is kept: none hangs.
class HijackedCall final : public std::enable_shared_from_this<HijackedCall>,
                           private TransportCall::Receiver,
                           private LoopTask {
 public:
  using Methods = grpc::experimental::InterceptorBatchMethods;

  // `transport` and what `info` names are there until Abandon has returned.
  HijackedCall(Transport* transport, grpc::experimental::ClientRpcInfo* info);

  // From any thread, as gRPC calls its interceptors.
  void Intercept(Methods* methods);

  // The stub's ClientContext is being destroyed: no batch is under way. When it returns the transport has nothing to do
  // with the call any more.
  void Abandon();

 private:
  enum class Stage {
    kSend,     // what it sends is still to be done
    kReceive,  // what it receives is still to come
    kFinish,   // gRPC has been told to end it
  };
  // A batch that gRPC has shown and not shown for the last time.
  struct Known {
    Methods* methods;
    Stage stage;
    bool message_given;
  };
  // A batch at its first showing.
  struct Outgoing {
    Methods* methods = nullptr;
    bool has_message = false;
    bool closes = false;
    Payload message;
  };
  // A batch at its second one.
  struct Incoming {
    Methods* methods = nullptr;
    bool wants_headers = false;
    bool wants_message = false;
    bool wants_status = false;
  };

  // Any thread.
  std::vector<Known>::iterator Find(Methods* methods);  // mutex_ is held
  void Queue(Methods* methods);
  void RequestCancel();
  void OnUnreadable(Methods* methods);
  // Makes the change under the lock, and has the loop run.
  template <class Change>
  void Post(Change change);

  // The loop.
  void Run() override;
  void OnHeaders(const HeaderList& headers) override;
  void OnMessage(Payload message) override;
  void OnWritable() override;
  void OnEnd(const Error& error, const HeaderList& trailers) override;
  void Send(Outgoing* batch);
  void Start();
  void FailMessage(Methods* methods);
  void Continue(Methods* methods);
  void Receive(Methods* methods);
  void Discard();
  void ResumeReading();
  void Deliver();
  bool Ready(const Incoming& batch) const;
  void Complete(const Incoming& batch);
  bool TakeMessage(const Incoming& batch);
  void FillStatus(Methods* methods);
  void Cancel(Error reason);
  void End(Error error);
  void LetGo();

  // Constant from the start.
  Transport* const transport_;
  CallLoop* const loop_;
  grpc::ClientContext* const context_;
  const std::string path_;
  const MethodSpec method_;
  const size_t max_unread_bytes_;

  std::mutex mutex_;
  // Guarded by it.
  std::vector<Known> known_;
  std::vector<Outgoing> queued_;
  std::shared_ptr<HijackedCall> posted_;  // itself, while it is in the loop's queue
  bool cancel_requested_ = false;
  bool unreadable_ = false;  // gRPC could not parse a message
  bool carried_ = false;     // the transport has the call
  Completion* abandoned_ = nullptr;

  // The loop's.
  std::vector<Outgoing> sending_;
  bool started_ = false;
  TransportCall* call_ = nullptr;
  bool cancel_told_ = false;  // to the call: it takes nothing more
  bool hijacked_ = false;
  bool seen_first_ = false;  // a batch at its second showing
  bool asks_early_ = false;  // for the status, while it goes on reading
  bool ended_ = false;
  Error error_;
  HeaderList trailers_;
  bool has_headers_ = false;
  HeaderList headers_;
  std::vector<Methods*> writing_;    // these wait for OnWritable
  std::vector<Incoming> receiving_;  // what they want has not come yet
  std::deque<grpc::ByteBuffer> unread_;
  size_t unread_bytes_ = 0;
  bool reading_paused_ = false;
  bool discards_ = false;  // nobody will ask for more messages
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_HIJACKED_CALL_H_
