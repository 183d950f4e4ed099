#ifndef CONNECTRPC_INTEROP_CHANNEL_STREAM_CALL_H_
#define CONNECTRPC_INTEROP_CHANNEL_STREAM_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "connectrpc/header_list.h"
#include "interop/channel_method.h"
#include "net/loop.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// A streaming call on a channel. gRPC's reactions, on whatever threads they come, only set a bit and post the object to
// the loop; all else happens there. At most one message is read ahead and one write is under way, so gRPC's own
// back-pressure reaches both ends. Deletes itself when it is done.
class ChannelStreamCall final : public server::CallHandler,
                                private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                                private net::Task,
                                private net::Timer {
 public:
  ChannelStreamCall(const ChannelMethod& method, server::Responder* responder);

  void OnMessage(Payload message) override;
  void OnHalfClose() override;
  void OnWritable() override;
  void OnCancel() override;

 private:
  // What gRPC has reported and the loop has not handled yet.
  enum Event : uint32_t {
    kHeaders = 1,
    kReadMessage = 2,
    kReadEnd = 4,
    kWritten = 8,
    kWriteFailed = 16,
    kDone = 32,
  };

  ~ChannelStreamCall() = default;

  // gRPC's threads.
  void OnReadInitialMetadataDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  void Notify(Event event);

  // The loop.
  void Run() override;
  void OnTimer() override;
  void StartGrpc();
  void HandleHeaders();
  void HandleMessage();
  void HandleWritten(bool ok);
  void FlushHeaders();
  void ContinueWriting();
  void ReleaseHoldIfIdle();
  void CancelGrpc();
  void Fail(Error error);
  void End();

  const ChannelMethod& method_;
  server::Responder* responder_;
  net::Loop& loop_;
  grpc::ClientContext context_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
  std::atomic<uint32_t> events_{0};

  uint32_t unhandled_ = 0;  // taken from events_, waiting for an earlier one
  HeaderList headers_;
  bool headers_received_ = false;
  bool headers_flushed_ = false;
  std::deque<grpc::ByteBuffer> writes_;  // the front one is being written if write_pending_
  size_t queued_bytes_ = 0;
  bool started_ = false;
  bool half_closed_ = false;
  bool writes_done_ = false;
  bool write_pending_ = false;
  bool read_waits_ = false;  // for OnWritable
  bool read_ended_ = false;
  bool hold_released_ = false;
  bool reading_paused_ = false;
  bool muted_ = false;  // answered or cancelled: nothing more goes to the responder but Done
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CHANNEL_STREAM_CALL_H_
