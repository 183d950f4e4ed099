#ifndef CONNECTRPC_CLIENT_CALL_H_
#define CONNECTRPC_CLIENT_CALL_H_

#include <functional>
#include <memory>

#include "connectrpc/call_options.h"
#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/response_slot.h"
#include "connectrpc/transport.h"

// What the typed calls of client.h and client_stream.h stand on: calls whose requests are known by their base class
// only, and responses as a ResponseSlot, so that the code is there once and not for each method. Not for applications.
namespace connectrpc::client {

using google::protobuf::MessageLite;

// How a call with one response message went, beside the message.
struct UnaryOutcome {
  Error error;
  HeaderList headers;
  HeaderList trailers;
};

// Who gets the one response message of a call that nobody waits for.
class UnaryCompletion {
 public:
  virtual ~UnaryCompletion() = default;

  // Where the message is parsed to; default when OnDone brings an error.
  virtual ResponseSlot response() = 0;
  // On the loop, once and last.
  virtual void OnDone(UnaryOutcome outcome) = 0;
};

// Makes a call and waits for it. Not on the loop, where it fails.
UnaryOutcome CallUnary(Transport& transport, const MethodSpec& method, const MessageLite& request,
                       const CallOptions& options, ResponseSlot response);

// Begins a call. `method` outlives it.
void CallUnary(const std::shared_ptr<Transport>& transport, const MethodSpec& method, const MessageLite& request,
               const CallOptions& options, std::unique_ptr<UnaryCompletion> completion);

class StreamCall;

// The handle of a call with a stream on either side: the contracts are those of client_stream.h. Empty by default and
// when moved from: then nothing is read or written, and the end is failed_precondition.
class Stream {
 public:
  Stream() = default;
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  // Cancels a call that has not ended.
  ~Stream();

  // Begins a call. `method` outlives it. With `request` it is the only request message.
  static Stream Start(const std::shared_ptr<Transport>& transport, const MethodSpec& method, const CallOptions& options,
                      const MessageLite* request = nullptr);

  [[nodiscard]] bool Read(ResponseSlot message);
  void Read(ResponseSlot message, std::function<void(bool)> done);
  [[nodiscard]] bool Write(const MessageLite& message);
  void Write(const MessageLite& message, std::function<void(bool)> done);
  void CloseSend();
  const HeaderList& headers();
  const HeaderList& trailers() const;
  // Half-closes. Of a response stream: drops what was not read.
  Error Finish();
  void Finish(std::function<void(Error)> done);
  // Half-closes; of calls with one response message.
  UnaryOutcome FinishWithResponse(ResponseSlot response);
  void FinishWithResponse(std::unique_ptr<UnaryCompletion> completion);
  void Cancel();

 private:
  explicit Stream(StreamCall* call) : call_(call) {}

  StreamCall* call_ = nullptr;
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_CLIENT_CALL_H_
