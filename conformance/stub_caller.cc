#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "conformance/client_caller.h"
#include "connectrpc/conformance/v1/service.grpc.pb.h"
#include "connectrpc/interop/grpc_channel.h"
#include "rpc_status.pb.h"

namespace connectrpc::conformance {
namespace {

using Fields = google::protobuf::RepeatedPtrField<v1::Header>;

void ToFields(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata, Fields* fields) {
  std::map<std::string, v1::Header*> by_name;
  for (const auto& [key, value] : metadata) {
    const std::string name(key.data(), key.size());
    v1::Header*& header = by_name[name];
    if (header == nullptr) {
      header = fields->Add();
      header->set_name(name);
    }
    header->add_value(FromRawValue(name, std::string(value.data(), value.size())));
  }
}

void ToMessage(const grpc::Status& status, v1::Error* message) {
  message->set_code(static_cast<v1::Code>(status.error_code()));
  message->set_message(status.error_message());
  RpcStatus details;
  if (details.ParseFromString(status.error_details())) *message->mutable_details() = details.details();
}

// One call with a gRPC stub, and what is to be told of it.
class StubCall {
 public:
  StubCall(const v1::ClientCompatRequest& request, const std::shared_ptr<grpc::Channel>& channel)
      : request_(request), timing_(request), stub_(channel) {
    response_.set_test_name(request.test_name());
    response_.mutable_response();
    for (const v1::Header& header : request.request_headers()) {
      for (const std::string& value : header.value()) {
        context_.AddMetadata(header.name(), ToRawValue(header.name(), value));
      }
    }
    if (request.has_timeout_ms()) {
      context_.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(request.timeout_ms()));
    }
  }

  v1::ClientCompatResponse Run() {
    const std::string& method = request_.method();
    if (method == "Unary") {
      Unary<v1::UnaryRequest, v1::UnaryResponse>(
          [this](auto request, auto response) { return stub_.Unary(&context_, request, response); });
    } else if (method == "IdempotentUnary") {
      Unary<v1::IdempotentUnaryRequest, v1::IdempotentUnaryResponse>(
          [this](auto request, auto response) { return stub_.IdempotentUnary(&context_, request, response); });
    } else if (method == "Unimplemented") {
      Unary<v1::UnimplementedRequest, v1::UnimplementedResponse>(
          [this](auto request, auto response) { return stub_.Unimplemented(&context_, request, response); });
    } else if (method == "ServerStream") {
      ServerStream();
    } else if (method == "ClientStream") {
      ClientStream();
    } else if (method == "BidiStream") {
      BidiStream();
    } else {
      return Refusal(request_, "no method is called " + method);
    }
    return std::move(response_);
  }

 private:
  v1::ClientResponseResult* result() { return response_.mutable_response(); }

  template <class Response>
  void AddPayload(const Response& response) {
    *result()->add_payloads() = response.payload();
  }
  void AddPayload(const v1::UnimplementedResponse&) { result()->add_payloads(); }

  void Report(const grpc::Status& status) {
    ToFields(context_.GetServerInitialMetadata(), result()->mutable_response_headers());
    ToFields(context_.GetServerTrailingMetadata(), result()->mutable_response_trailers());
    if (!status.ok()) ToMessage(status, result()->mutable_error());
  }

  template <class Request>
  bool TakeMessage(int i, Request* message) {
    if (UnpackRequest(request_, i, message)) return true;
    response_ = Refusal(request_, "request message " + std::to_string(i) + " is missing or of another type");
    return false;
  }

  // Cancels a call that another function blocks on, as a second thread of a gRPC program does.
  class DelayedCancel {
   public:
    DelayedCancel(const CancelTiming& timing, grpc::ClientContext* context) {
      if (!timing.after_close_send) return;
      thread_ = std::thread([delay = *timing.after_close_send, context] {
        std::this_thread::sleep_for(delay);
        context->TryCancel();
      });
    }
    ~DelayedCancel() {
      if (thread_.joinable()) thread_.join();
    }

   private:
    std::thread thread_;
  };

  template <class Request, class Response, class Method>
  void Unary(Method method) {
    Request message;
    if (!TakeMessage(0, &message)) return;
    Response response;
    const grpc::Status status = [&] {
      const DelayedCancel cancel(timing_, &context_);
      return method(message, &response);
    }();
    if (status.ok()) AddPayload(response);
    Report(status);
  }

  void ServerStream() {
    v1::ServerStreamRequest message;
    if (!TakeMessage(0, &message)) return;
    const auto stream = stub_.ServerStream(&context_, message);
    CancelAfterCloseSend();
    while (ReadOne<v1::ServerStreamResponse>(stream.get())) {
    }
    Report(stream->Finish());
  }

  void ClientStream() {
    v1::ClientStreamResponse response;
    const auto stream = stub_.ClientStream(&context_, &response);
    for (int i = 0; i < request_.request_messages_size(); ++i) {
      v1::ClientStreamRequest message;
      if (!TakeMessage(i, &message)) return;
      Pause();
      if (!stream->Write(message)) {
        result()->set_num_unsent_requests(request_.request_messages_size() - i);
        break;
      }
    }
    if (timing_.before_close_send) context_.TryCancel();
    stream->WritesDone();
    CancelAfterCloseSend();
    const grpc::Status status = stream->Finish();
    if (status.ok()) AddPayload(response);
    Report(status);
  }

  void BidiStream() {
    const auto stream = stub_.BidiStream(&context_);
    const bool full_duplex = request_.stream_type() == v1::STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM;
    for (int i = 0; i < request_.request_messages_size(); ++i) {
      v1::BidiStreamRequest message;
      if (!TakeMessage(i, &message)) return;
      Pause();
      if (!stream->Write(message)) {
        result()->set_num_unsent_requests(request_.request_messages_size() - i);
        break;
      }
      if (full_duplex && !ReadOne<v1::BidiStreamResponse>(stream.get())) break;
    }
    if (timing_.before_close_send) context_.TryCancel();
    stream->WritesDone();
    CancelAfterCloseSend();
    while (ReadOne<v1::BidiStreamResponse>(stream.get())) {
    }
    Report(stream->Finish());
  }

  void Pause() { std::this_thread::sleep_for(std::chrono::milliseconds(request_.request_delay_ms())); }

  void CancelAfterCloseSend() {
    if (!timing_.after_close_send) return;
    std::this_thread::sleep_for(*timing_.after_close_send);
    context_.TryCancel();
  }

  template <class Response, class Stream>
  bool ReadOne(Stream* stream) {
    Response message;
    if (!stream->Read(&message)) return false;
    AddPayload(message);
    if (result()->payloads_size() == timing_.after_num_responses) context_.TryCancel();
    return true;
  }

  const v1::ClientCompatRequest& request_;
  const CancelTiming timing_;
  v1::ConformanceService::Stub stub_;
  grpc::ClientContext context_;
  v1::ClientCompatResponse response_;
};

class GrpcStubCaller final : public Caller {
 public:
  v1::ClientCompatResponse Call(const v1::ClientCompatRequest& request,
                                const std::shared_ptr<Transport>& transport) override {
    return StubCall(request, ChannelFor(transport)).Run();
  }

 private:
  std::shared_ptr<grpc::Channel> ChannelFor(const std::shared_ptr<Transport>& transport) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::shared_ptr<grpc::Channel>& channel = channels_[transport];
    if (channel == nullptr) channel = NewGrpcChannel(transport);
    return channel;
  }

  std::mutex mutex_;
  std::map<std::shared_ptr<Transport>, std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace

std::unique_ptr<Caller> NewGrpcStubCaller() {
  return std::make_unique<GrpcStubCaller>();
}

}  // namespace connectrpc::conformance
