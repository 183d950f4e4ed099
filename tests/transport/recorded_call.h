#ifndef CONNECTRPC_TESTS_TRANSPORT_RECORDED_CALL_H_
#define CONNECTRPC_TESTS_TRANSPORT_RECORDED_CALL_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "connectrpc/http_transport.h"
#include "connectrpc/transport.h"

namespace connectrpc::test {

inline constexpr MethodSpec kEcho{"/test.S/Echo", StreamType::kUnary, Idempotency::kUnknown};
inline constexpr MethodSpec kHold{"/test.S/Hold", StreamType::kUnary, Idempotency::kUnknown};
inline constexpr MethodSpec kBig{"/test.S/Big", StreamType::kUnary, Idempotency::kUnknown};
inline constexpr MethodSpec kUpload{"/test.S/Upload", StreamType::kClientStream, Idempotency::kUnknown};
inline constexpr MethodSpec kExpand{"/test.S/Expand", StreamType::kServerStream, Idempotency::kUnknown};
inline constexpr MethodSpec kChat{"/test.S/Chat", StreamType::kBidiStream, Idempotency::kUnknown};

// One call, driven from the test's thread: what it is told to do it does on its loop, and what comes back is kept. A
// call that was not released is at the end.
class RecordedCall final : public TransportCall::Receiver {
 public:
  // What happens inside an event, on the loop: called with the call and "headers", "message", "writable" or "end".
  using Hook = std::function<void(RecordedCall&, const std::string&)>;

  explicit RecordedCall(Transport* transport) : transport_(transport), loop_(transport->PickLoop()) {}
  ~RecordedCall();
  RecordedCall(const RecordedCall&) = delete;
  RecordedCall& operator=(const RecordedCall&) = delete;

  // Starts it, and sends the only message where the method has one.
  void Start(const MethodSpec& method, const std::string& message = "", const CallOptions& options = {});
  void Begin(const MethodSpec& method, const CallOptions& options = {});
  SendResult Send(const std::string& message);
  void CloseSend();
  void Pause();
  void Resume();
  void Cancel(Error reason = Error(Code::kCanceled, "test"));
  void Release();
  // Runs `work` on the loop and waits for its end.
  void OnLoop(const std::function<void()>& work);
  void SetHook(Hook hook) { hook_ = std::move(hook); }
  TransportCall* call() { return call_; }  // on the loop
  void DropCall() { call_ = nullptr; }     // after Release, on the loop

  // Each waits; not to the end of time, which is a failure of the test.
  HeaderList WaitHeaders();
  std::vector<std::string> WaitMessages(size_t count);
  void WaitWritable();
  Error WaitEnd();
  // After WaitEnd.
  const HeaderList& trailers() const { return trailers_; }
  const std::vector<std::string>& messages() const { return messages_; }
  // What has come, as "headers", "message", "writable", "end".
  std::vector<std::string> events();
  bool ended();
  size_t received_bytes();

 private:
  void OnHeaders(const HeaderList& headers) override;
  void OnMessage(Payload message) override;
  void OnWritable() override;
  void OnEnd(const Error& error, const HeaderList& trailers) override;
  // Keeps what `keep` keeps together with the event, so that whoever waits sees both.
  void Note(const std::string& event, const std::function<void()>& keep);
  void WaitFor(const char* what, const std::function<bool()>& condition);

  Transport* const transport_;
  CallLoop* const loop_;
  TransportCall* call_ = nullptr;
  Hook hook_;
  bool inside_ = false;  // a function of the call: no event may come

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  HeaderList headers_;
  bool has_headers_ = false;
  size_t writables_ = 0;
  size_t received_bytes_ = 0;
  std::vector<std::string> messages_;
  bool ended_ = false;
  Error error_;
  HeaderList trailers_;
};

// A transport for "http://127.0.0.1:port" that never fails to be made.
std::shared_ptr<HttpTransport> MakeTransport(const std::string& url, const HttpTransportOptions& options = {});
// HTTP/2 by prior knowledge.
HttpTransportOptions Http2Options(Protocol protocol = Protocol::kConnect);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_TRANSPORT_RECORDED_CALL_H_
