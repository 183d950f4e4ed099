#include "interop/grpc_transport.h"

#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "connectrpc/interop/grpc_status.h"
#include "interop/byte_buffer.h"
#include "interop/grpc_metadata.h"

namespace connectrpc::test {
namespace {

// Deletes itself when gRPC has finished and the receiver has let go.
class Call final : public TransportCall, private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Call(LoopThread* loop, grpc::GenericStub* stub, const MethodSpec& method, const CallOptions& options,
       Receiver* receiver)
      : loop_(loop), receiver_(receiver) {
    interop::FillContext(options.headers, wire::kNever, &context_);
    if (options.timeout.has_value()) context_.set_deadline(std::chrono::system_clock::now() + *options.timeout);
    stub->PrepareBidiStreamingCall(&context_, std::string(method.path), grpc::StubOptions(), this);
    AddHold();
    StartRead(&response_);
    StartCall();
  }

  SendResult Send(Payload message) override {
    if (grpc_done_) return SendResult::kOk;
    writes_.push_back(interop::ToByteBuffer(std::move(message)));
    Write();
    waits_ = waits_ || writes_.size() > 1;
    return waits_ ? SendResult::kFull : SendResult::kOk;
  }
  void CloseSend() override {
    closes_ = true;
    Write();
  }
  void PauseReading() override { paused_ = true; }
  void ResumeReading() override {
    paused_ = false;
    Read();
  }
  void Cancel(Error reason) override {
    if (grpc_done_) return;
    reason_ = std::move(reason);
    context_.TryCancel();
    paused_ = false;
    Read();
  }
  void Release() override {
    receiver_ = nullptr;
    if (grpc_done_) {
      delete this;
      return;
    }
    Cancel(Error(Code::kCanceled, "released"));
  }

 private:
  ~Call() = default;

  void OnReadInitialMetadataDone(bool /*ok*/) override {
    loop_->PostFunction([this] { TellHeaders(); });
  }
  void OnReadDone(bool ok) override {
    loop_->PostFunction([this, ok] {
      if (!ok) {
        read_ended_ = true;
        if (!writing_) RemoveHold();
        return;
      }
      TellHeaders();  // reactions of different operations may overtake each other
      Payload message = interop::ToPayload(response_);
      message_waits_ = true;
      if (receiver_ != nullptr) receiver_->OnMessage(std::move(message));
      Read();
    });
  }
  void OnWriteDone(bool ok) override {
    loop_->PostFunction([this, ok] {
      writing_ = false;
      writes_.pop_front();
      if (!ok) writes_.clear();
      if (read_ended_) {
        RemoveHold();
        return;
      }
      Write();
      if (!waits_ || writing_) return;
      waits_ = false;
      if (receiver_ != nullptr) receiver_->OnWritable();
    });
  }
  void OnDone(const grpc::Status& status) override {
    loop_->PostFunction([this, status] {
      grpc_done_ = true;
      if (receiver_ == nullptr) {
        delete this;
        return;
      }
      receiver_->OnEnd(reason_.ok() ? FromGrpcStatus(status) : reason_, WithoutDetails());
    });
  }

  // Trailers with the details left out, which are part of the status.
  HeaderList WithoutDetails() {
    HeaderList trailers;
    for (HeaderField field : interop::ToHeaderList(context_.GetServerTrailingMetadata())) {
      if (field.name != "grpc-status-details-bin") trailers.Add(field.name, field.value);
    }
    return trailers;
  }
  void TellHeaders() {
    if (std::exchange(headers_told_, true)) return;
    headers_ = interop::ToHeaderList(context_.GetServerInitialMetadata());
    if (receiver_ != nullptr) receiver_->OnHeaders(headers_);
  }
  void Read() {
    if (paused_ || !message_waits_ || read_ended_) return;
    message_waits_ = false;
    StartRead(&response_);
  }
  void Write() {
    if (writing_ || read_ended_) return;
    if (!writes_.empty()) {
      writing_ = true;
      StartWrite(&writes_.front());
    } else if (closes_ && !closed_) {
      closed_ = true;
      StartWritesDone();
    }
  }

  LoopThread* const loop_;
  Receiver* receiver_;
  grpc::ClientContext context_;
  grpc::ByteBuffer response_;
  HeaderList headers_;
  std::deque<grpc::ByteBuffer> writes_;
  Error reason_;
  bool headers_told_ = false;
  bool message_waits_ = false;
  bool paused_ = false;
  bool read_ended_ = false;
  bool writing_ = false;
  bool waits_ = false;
  bool closes_ = false;
  bool closed_ = false;
  bool grpc_done_ = false;
};

}  // namespace

TransportCall* GrpcTransport::Start(CallLoop* /*loop*/, const MethodSpec& method, const CallOptions& options,
                                    TransportCall::Receiver* receiver) {
  return new Call(&loop_, &stub_, method, options, receiver);
}

}  // namespace connectrpc::test
