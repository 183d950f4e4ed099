// What a unary call costs on a connection that is there: one write, one read, and hardly an allocation but for its
// messages.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <thread>

#include "net/syscall_hooks.h"
#include "transport/raw_server.h"
#include "transport/recorded_call.h"
#include "wire/allocations.h"

namespace connectrpc::test {
namespace {

constexpr int kCalls = 100;

// Answers each request on one HTTP/2 connection, until its end. Allocates nothing while it does.
class QuietServer final {
 public:
  explicit QuietServer(std::string response_frames) : response_(std::move(response_frames)) {
    thread_ = std::thread([this] { Serve(); });
  }
  ~QuietServer() { thread_.join(); }
  std::string url() const { return server_.url(); }

 private:
  void Serve() {
    RawConnection connection = server_.Accept();
    connection.ReceiveBytes(input_, http::kHttp2Preface.size());
    connection.Send(Frame(NGHTTP2_SETTINGS, 0, 0) + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
    while (connection.ReceiveBytes(input_, 9)) {
      const size_t size = size_t{Byte(0)} << 16 | size_t{Byte(1)} << 8 | Byte(2);
      const uint8_t type = Byte(3);
      const uint8_t flags = Byte(4);
      char id[4];
      std::memcpy(id, input_ + 5, 4);
      if (size > 0 && !connection.ReceiveBytes(input_, size)) return;
      if (type != NGHTTP2_DATA || (flags & NGHTTP2_FLAG_END_STREAM) == 0) continue;
      // The frames are of stream 0.
      for (size_t at = 0; at < response_.size();) {
        std::memcpy(&response_[at + 5], id, 4);
        const auto byte = [&](size_t i) { return static_cast<uint8_t>(response_[at + i]); };
        at += 9 + (size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | byte(2));
      }
      connection.Send(response_);
    }
  }
  uint8_t Byte(size_t i) const { return static_cast<uint8_t>(input_[i]); }

  std::string response_;
  char input_[64 * 1024];
  RawServer server_;
  std::thread thread_;
};

// A blocking call as generated code makes it.
class BlockingCall final : public LoopTask, public TransportCall::Receiver {
 public:
  BlockingCall(Transport* transport, CallLoop* loop, const CallOptions* options)
      : transport_(transport), loop_(loop), options_(options) {
    loop_->RunUntil(this, &done_);
  }
  bool ok() const { return ok_; }

 private:
  void Run() override {
    call_ = transport_->Start(loop_, kEcho, *options_, this);
    call_->Send(Payload::Own(std::string(64, 'x')));
    call_->CloseSend();
  }
  void OnHeaders(const HeaderList&) override {}
  void OnMessage(Payload message) override { ok_ = message.size() == 64; }
  void OnWritable() override {}
  void OnEnd(const Error& error, const HeaderList&) override {
    ok_ = ok_ && error.ok();
    call_->Release();
    done_.Notify();
  }

  Transport* const transport_;
  CallLoop* const loop_;
  const CallOptions* const options_;
  TransportCall* call_ = nullptr;
  Completion done_;
  bool ok_ = false;
};

TEST(CallCostTest, UnaryOnHttp2) {
  const std::string message(64, 'y');
  const struct {
    const char* name;
    Protocol protocol;
    std::string response;
  } cases[] = {
      {"Connect", Protocol::kConnect,
       HeadersFrames(0, 0, Block({{":status", "200"}, {"content-type", "application/proto"}})) +
           Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 0, message)},
      {"gRPC", Protocol::kGrpc,
       HeadersFrames(0, 0, Block({{":status", "200"}, {"content-type", "application/grpc"}})) +
           Frame(NGHTTP2_DATA, 0, 0, std::string("\0\0\0\0\x40", 5) + message) +
           HeadersFrames(0, NGHTTP2_FLAG_END_STREAM, Block({{"grpc-status", "0"}}))},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    QuietServer server(test.response);
    auto transport = MakeTransport(server.url(), Http2Options(test.protocol));
    CallLoop* const loop = transport->PickLoop();
    CallOptions options;
    options.timeout = std::chrono::seconds(30);
    options.headers.Add("x-tenant", "acme");
    for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(BlockingCall(transport.get(), loop, &options).ok());
    testing::SyscallHooks calls;
    Allocations allocations;
    for (int i = 0; i < kCalls; ++i) ASSERT_TRUE(BlockingCall(transport.get(), loop, &options).ok());
    const size_t per_call = allocations.count() / kCalls;
    // The two messages, and what nghttp2 makes for a stream does not go through operator new.
    EXPECT_LE(per_call, 4u);
    EXPECT_EQ(calls.sends, kCalls);
    EXPECT_EQ(calls.receives, kCalls);
    // Now and then an alarm has to be set anew.
    EXPECT_LE(calls.timer_changes, 2);
    RecordProperty(std::string(test.name) + "_allocations_per_call", static_cast<int>(per_call));
    std::printf("%s: %zu allocations, %d sends, %d receives, %d waits, %d epoll_ctl, %d timers\n", test.name, per_call,
                calls.sends, calls.receives, calls.blockings, calls.epoll_changes, calls.timer_changes);
  }
}

}  // namespace
}  // namespace connectrpc::test
