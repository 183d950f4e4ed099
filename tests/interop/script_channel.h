#ifndef CONNECTRPC_TESTS_INTEROP_SCRIPT_CHANNEL_H_
#define CONNECTRPC_TESTS_INTEROP_SCRIPT_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "connectrpc/interop/grpc_channel.h"
#include "echo.grpc.pb.h"
#include "interop/script_transport.h"

namespace connectrpc::test {

// A channel whose other side is the test.
struct ScriptChannel {
  explicit ScriptChannel(CallOptions defaults = {})
      : transport(std::make_shared<ScriptTransport>(std::move(defaults))),
        channel(NewGrpcChannel(transport)),
        stub(channel) {}

  std::shared_ptr<ScriptTransport> transport;
  std::shared_ptr<grpc::Channel> channel;
  echo::SyncEcho::Stub stub;
};

inline echo::EchoRequest TextRequest(std::string text) {
  echo::EchoRequest request;
  request.set_text(std::move(text));
  return request;
}
inline std::string TextResponse(std::string text) {
  echo::EchoResponse response;
  response.set_text(std::move(text));
  return response.SerializeAsString();
}
// No message of any type.
inline std::string Garbage() {
  return std::string(3, '\xff');
}

// A completion queue whose tags are small numbers.
class TagQueue final {
 public:
  ~TagQueue() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) ADD_FAILURE() << "tag " << tag;
  }

  grpc::CompletionQueue* get() { return &queue_; }
  static void* Tag(intptr_t number) { return reinterpret_cast<void*>(number); }  // NOLINT: by purpose
  intptr_t Next(bool* ok) {
    void* tag = nullptr;
    EXPECT_TRUE(queue_.Next(&tag, ok));
    return reinterpret_cast<intptr_t>(tag);
  }
  // The tag that must come next: with what result.
  bool Wait(intptr_t number) {
    bool ok = false;
    EXPECT_EQ(Next(&ok), number);
    return ok;
  }
  bool Empty() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now()) == grpc::CompletionQueue::TIMEOUT;
  }

 private:
  grpc::CompletionQueue queue_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_SCRIPT_CHANNEL_H_
