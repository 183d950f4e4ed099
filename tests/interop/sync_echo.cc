#include "interop/sync_echo.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "interop/echo_logic.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;

class SyncIo final : public EchoIo {
 public:
  SyncIo(grpc::ServerContext* context, std::function<bool(EchoRequest*)> read,
         std::function<bool(const EchoResponse&)> write)
      : context_(context), read_(std::move(read)), write_(std::move(write)) {}

  bool Read(EchoRequest* request) override { return read_(request); }
  bool Write(const EchoResponse& response) override { return write_(response); }
  grpc::ServerContextBase& context() override { return *context_; }

  // A synchronous handler has no other way than to look again and again.
  void WaitUntilCancelled() override {
    const auto end = std::chrono::steady_clock::now() + kTimeLimit;
    while (!context_->IsCancelled()) {
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "the handler was not cancelled";
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  grpc::ServerContext* context_;
  std::function<bool(EchoRequest*)> read_;
  std::function<bool(const EchoResponse&)> write_;
};

// The one request of a method that takes one.
std::function<bool(EchoRequest*)> Once(const EchoRequest* request) {
  return [request](EchoRequest* out) mutable {
    if (request == nullptr) return false;
    *out = *std::exchange(request, nullptr);
    return true;
  };
}

std::function<bool(const EchoResponse&)> Into(EchoResponse* out) {
  return [out](const EchoResponse& response) {
    *out = response;
    return true;
  };
}

}  // namespace

grpc::Status SyncEchoService::Echo(grpc::ServerContext* context, const EchoRequest* request, EchoResponse* response) {
  SyncIo io(context, Once(request), Into(response));
  return RunEcho("Echo", &io, state_);
}

grpc::Status SyncEchoService::Get(grpc::ServerContext* context, const EchoRequest* request, EchoResponse* response) {
  SyncIo io(context, Once(request), Into(response));
  return RunEcho("Get", &io, state_);
}

grpc::Status SyncEchoService::Collect(grpc::ServerContext* context, grpc::ServerReader<EchoRequest>* reader,
                                      EchoResponse* response) {
  SyncIo io(
      context, [=](EchoRequest* out) { return reader->Read(out); }, Into(response));
  return RunEcho("Collect", &io, state_);
}

grpc::Status SyncEchoService::Expand(grpc::ServerContext* context, const EchoRequest* request,
                                     grpc::ServerWriter<EchoResponse>* writer) {
  SyncIo io(context, Once(request), [=](const EchoResponse& response) { return writer->Write(response); });
  return RunEcho("Expand", &io, state_);
}

grpc::Status SyncEchoService::Chat(grpc::ServerContext* context,
                                   grpc::ServerReaderWriter<EchoResponse, EchoRequest>* stream) {
  SyncIo io(
      context, [=](EchoRequest* out) { return stream->Read(out); },
      [=](const EchoResponse& response) { return stream->Write(response); });
  return RunEcho("Chat", &io, state_);
}

}  // namespace connectrpc::test
