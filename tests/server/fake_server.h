#ifndef CONNECTRPC_TESTS_SERVER_FAKE_SERVER_H_
#define CONNECTRPC_TESTS_SERVER_FAKE_SERVER_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "connectrpc/server.h"
#include "support/http1_client.h"
#include "support/http2_client.h"
#include "support/http_message.h"

// The front end over sockets, with methods of its own instead of gRPC's.
namespace connectrpc::test {

// Calls of "/test.S/Hold" and "/test.S/Block": how many there are, and the way to answer them.
class HeldCalls final {
 public:
  // On any thread. The answer is given on the call's loop.
  void Add(const void* call, std::function<void()> answer);
  void Remove(const void* call);
  // On a thread that may block: returns when Release is called.
  std::string Block();
  // Answers all there are.
  void Release();
  // Waits until so many are held, and not more. False after the time limit.
  [[nodiscard]] bool WaitFor(size_t count);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<const void*, std::function<void()>> answers_;
};

// Serves, on a free port of this machine and one loop unless the options say otherwise:
//   /test.S/Echo    unary; answers the message that came
//   /test.S/Big     unary; answers as many bytes as the message says in digits
//   /test.S/Hold    unary; answers when HeldCalls::Release is called
//   /test.S/Block   unary; answers what `handler` makes of the message on a thread of the pool, or, without one, when
//                   HeldCalls::Release is called; the thread is blocked meanwhile
//   /test.S/Upload  client stream; answers the number of bytes of its messages, in digits
//   /test.S/Expand  server stream; answers as many messages of 16 KiB as the message says, as the client takes them
//   /test.S/Chat    bidirectional stream; answers each message by itself
class FakeServer final {
 public:
  using BlockingHandler = std::function<std::string(const std::string& message)>;

  explicit FakeServer(HttpOptions options = {}, BlockingHandler handler = nullptr);

  int port() const { return server_->port(); }
  HttpServer& server() { return *server_; }
  HeldCalls& held() { return held_; }
  // Waits until it holds of the statistics. False after the time limit.
  [[nodiscard]] bool WaitFor(const std::function<bool(const ServerStats&)>& condition) const;

 private:
  BlockingHandler handler_;
  HeldCalls held_;
  std::unique_ptr<HttpServer> server_;
};

// A unary Connect request of `method`, in the binary codec.
HttpRequest Unary(const std::string& method, std::string body = "message");
// A streaming Connect request whose body is one message.
HttpRequest Streaming(const std::string& method, const std::string& message);
// `message` in an envelope.
std::string Enveloped(const std::string& message);

// Reads and drops until the server has closed the connection.
void ReadToEnd(TcpClient& client);
void ReadToEnd(Http2Client& client);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SERVER_FAKE_SERVER_H_
