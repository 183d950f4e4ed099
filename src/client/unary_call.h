#ifndef CONNECTRPC_SRC_CLIENT_UNARY_CALL_H_
#define CONNECTRPC_SRC_CLIENT_UNARY_CALL_H_

#include "client/call_state.h"
#include "client/message_codec.h"
#include "connectrpc/client_call.h"

namespace connectrpc::client {

// A call with one message either way. Run begins it; the response is parsed from where the transport has it.
class UnaryCall : public CallState, public LoopTask, private TransportCall::Receiver {
 public:
  // Encodes the request; an error is told when the call runs.
  void Prepare(const MessageLite& request);

  // On the loop.
  void Run() override;

 protected:
  // `method`, `options`, `response` and `outcome` outlive the call.
  UnaryCall(Transport* transport, CallLoop* loop, const MethodSpec& method, const CallOptions& options,
            ResponseSlot response, UnaryOutcome* outcome)
      : CallState(loop, options.cancellation),
        transport_(transport),
        method_(method),
        options_(&options),
        response_(response),
        outcome_(outcome) {}
  ~UnaryCall() = default;

  bool failed() const { return !failure_.ok(); }
  void set_options(const CallOptions& options) { options_ = &options; }

  // On the loop: the outcome is complete, and the transport has let go. One reference is given up then.
  virtual void OnDone() = 0;

 private:
  void OnHeaders(const HeaderList& headers) override { outcome_->headers = headers; }
  void OnMessage(Payload message) override;
  void OnWritable() override {}
  void OnEnd(const Error& error, const HeaderList& trailers) override;
  void OnCanceled() override;
  // Ends the call with an error of ours.
  void Fail(Error error);
  void Finish();

  Transport* const transport_;
  const MethodSpec& method_;
  const CallOptions* options_;
  const ResponseSlot response_;
  UnaryOutcome* const outcome_;
  MessageCodec codec_ = MessageCodec::kProto;
  Payload request_;
  TransportCall* call_ = nullptr;
  Error failure_;  // ours, which comes before what the transport says
  bool has_response_ = false;
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_UNARY_CALL_H_
