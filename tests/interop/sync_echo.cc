#include "interop/sync_echo.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
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
template <class Request>
std::function<bool(EchoRequest*)> Once(const Request* request) {
  return [request](EchoRequest* out) mutable {
    if (request == nullptr) return false;
    *out = MessageOf(*std::exchange(request, nullptr));
    return true;
  };
}

// What comes in `stream`.
template <class Request, class Stream>
std::function<bool(EchoRequest*)> From(Stream* stream) {
  return [stream, request = std::make_shared<Request>()](EchoRequest* out) {
    if (!stream->Read(request.get())) return false;
    *out = MessageOf(*request);
    return true;
  };
}

std::function<bool(const EchoResponse&)> Into(EchoResponse* out) {
  return [out](const EchoResponse& response) {
    *out = response;
    return true;
  };
}

template <class Request>
grpc::Status RunUnary(const char* method, grpc::ServerContext* context, const Request* request, EchoResponse* response,
                      EchoState* state) {
  SyncIo io(context, Once(request), Into(response));
  return RunEcho(method, &io, state);
}

template <class Request>
grpc::Status RunCollect(grpc::ServerContext* context, grpc::ServerReader<Request>* reader, EchoResponse* response,
                        EchoState* state) {
  SyncIo io(context, From<Request>(reader), Into(response));
  return RunEcho("Collect", &io, state);
}

template <class Request>
grpc::Status RunExpand(grpc::ServerContext* context, const Request* request, grpc::ServerWriter<EchoResponse>* writer,
                       EchoState* state) {
  SyncIo io(context, Once(request), [=](const EchoResponse& response) { return writer->Write(response); });
  return RunEcho("Expand", &io, state);
}

template <class Request>
grpc::Status RunChat(grpc::ServerContext* context, grpc::ServerReaderWriter<EchoResponse, Request>* stream,
                     EchoState* state) {
  SyncIo io(context, From<Request>(stream), [=](const EchoResponse& response) { return stream->Write(response); });
  return RunEcho("Chat", &io, state);
}

}  // namespace

grpc::Status SyncEchoService::Echo(grpc::ServerContext* context, const EchoRequest* request, EchoResponse* response) {
  return RunUnary("Echo", context, request, response, state_);
}

grpc::Status SyncEchoService::Get(grpc::ServerContext* context, const EchoRequest* request, EchoResponse* response) {
  return RunUnary("Get", context, request, response, state_);
}

grpc::Status SyncEchoService::Collect(grpc::ServerContext* context, grpc::ServerReader<EchoRequest>* reader,
                                      EchoResponse* response) {
  return RunCollect(context, reader, response, state_);
}

grpc::Status SyncEchoService::Expand(grpc::ServerContext* context, const EchoRequest* request,
                                     grpc::ServerWriter<EchoResponse>* writer) {
  return RunExpand(context, request, writer, state_);
}

grpc::Status SyncEchoService::Chat(grpc::ServerContext* context,
                                   grpc::ServerReaderWriter<EchoResponse, EchoRequest>* stream) {
  return RunChat(context, stream, state_);
}

grpc::Status SyncViewEchoService::Echo(grpc::ServerContext* context, const Request* request, EchoResponse* response) {
  return RunUnary("Echo", context, request, response, state_);
}

grpc::Status SyncViewEchoService::Get(grpc::ServerContext* context, const Request* request, EchoResponse* response) {
  return RunUnary("Get", context, request, response, state_);
}

grpc::Status SyncViewEchoService::Collect(grpc::ServerContext* context, grpc::ServerReader<Request>* reader,
                                          EchoResponse* response) {
  return RunCollect(context, reader, response, state_);
}

grpc::Status SyncViewEchoService::Expand(grpc::ServerContext* context, const Request* request,
                                         grpc::ServerWriter<EchoResponse>* writer) {
  return RunExpand(context, request, writer, state_);
}

grpc::Status SyncViewEchoService::Chat(grpc::ServerContext* context,
                                       grpc::ServerReaderWriter<EchoResponse, Request>* stream) {
  return RunChat(context, stream, state_);
}

}  // namespace connectrpc::test
