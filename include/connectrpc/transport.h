#ifndef CONNECTRPC_TRANSPORT_H_
#define CONNECTRPC_TRANSPORT_H_

#include "connectrpc/call_loop.h"
#include "connectrpc/call_options.h"
#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/payload.h"

// The seam between generated clients (or carried gRPC stubs) and what brings their calls to a server: HTTP
// (http_transport.h), memory (testing/in_memory_transport.h), or something of one's own, such as a transport around
// another one. Whoever only calls methods never meets it.
namespace connectrpc {

// One call as its transport carries it. Everything happens on the call's loop. No event comes from inside a function of
// this class or of Transport.
class TransportCall {
 public:
  // Who is told what comes back. Order: OnHeaders at most once (not where the server ended the call without headers of
  // its own), OnMessage*, OnEnd; OnWritable in between. OnEnd comes exactly once and last, unless Release came before.
  class Receiver {
   public:
    // Valid until the next event of the call.
    virtual void OnHeaders(const HeaderList& headers) = 0;
    // A response message in the call's codec, decompressed. Borrowed bytes are valid during this function only.
    virtual void OnMessage(Payload message) = 0;
    // The request bytes on hold have fallen below the limit after Send returned kFull.
    virtual void OnWritable() = 0;
    // error.ok() for success; error.metadata holds the response's headers and trailers, as far as they came.
    virtual void OnEnd(const Error& error, const HeaderList& trailers) = 0;

   protected:
    ~Receiver() = default;
  };

  // A request message in the call's codec. Borrowed bytes are copied before it returns. Methods with one request
  // message get exactly one, and then CloseSend. After OnEnd it does nothing.
  virtual SendResult Send(Payload message) = 0;
  // No more messages.
  virtual void CloseSend() = 0;

  // A receiver that cannot keep up pauses: the server is held back by flow control. What has been read may still be
  // delivered, and so may the end.
  virtual void PauseReading() = 0;
  virtual void ResumeReading() = 0;

  // Ends the call with `reason`, which OnEnd then brings, unless it has ended already: the server is told.
  virtual void Cancel(Error reason) = 0;

  // The receiver lets go of the call, which is not used any more: due exactly once. A call that has not ended is
  // canceled, and no event comes any more.
  virtual void Release() = 0;

 protected:
  ~TransportCall() = default;
};

// Brings calls to servers. Thread-safe but for what is said to happen on a loop.
class Transport {
 public:
  virtual ~Transport() = default;

  // What calls do where their own options say nothing.
  virtual const CallOptions& defaults() const = 0;

  // The loop for a next call. Valid as long as the transport.
  virtual CallLoop* PickLoop() = 0;

  // On `loop`, which PickLoop gave: begins a call. `method` and `receiver` outlive the call; `options` are read before
  // it returns, cancellation is the caller's affair. Never null: what is wrong with the options is told by OnEnd.
  virtual TransportCall* Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                               TransportCall::Receiver* receiver) = 0;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_TRANSPORT_H_
