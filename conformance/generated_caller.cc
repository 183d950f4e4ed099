#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "conformance/client_caller.h"
#include "connectrpc/cancellation.h"
#include "connectrpc/client.h"
#include "connectrpc/conformance/v1/service.connect.pb.h"

namespace connectrpc::conformance {
namespace {

using Fields = google::protobuf::RepeatedPtrField<v1::Header>;

void ToFields(const HeaderList& headers, Fields* fields) {
  std::map<std::string, v1::Header*> by_name;
  for (const HeaderField field : headers) {
    const std::string name(field.name);
    v1::Header*& header = by_name[name];
    if (header == nullptr) {
      header = fields->Add();
      header->set_name(name);
    }
    header->add_value(FromRawValue(name, std::string(field.value)));
  }
}

void ToMessage(const Error& error, v1::Error* message) {
  message->set_code(static_cast<v1::Code>(error.code));
  message->set_message(error.message);
  for (const ErrorDetail& detail : error.details) {
    google::protobuf::Any* any = message->add_details();
    any->set_type_url("type.googleapis.com/" + detail.type);
    any->set_value(detail.value);
  }
}

CallOptions ToOptions(const v1::ClientCompatRequest& request) {
  CallOptions options;
  if (request.has_timeout_ms()) options.timeout = std::chrono::milliseconds(request.timeout_ms());
  for (const v1::Header& header : request.request_headers()) {
    for (const std::string& value : header.value()) {
      options.headers.AddLowerCased(header.name(), ToRawValue(header.name(), value));
    }
  }
  options.http_get = request.use_get_http_method();
  return options;
}

// Waits for what a callback brings.
template <class T>
class Mailbox {
 public:
  void Put(T value) {
    std::lock_guard<std::mutex> lock(mutex_);
    value_ = std::move(value);
    changed_.notify_one();
  }
  T Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return value_.has_value(); });
    return std::move(*value_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> value_;
};

// What the client's calls give for a response: a message of the type `Message`, or its view.
struct Messages {
  template <class Message, class View>
  using Response = Message;
  static v1::ConformanceServiceClient& CallsOf(v1::ConformanceServiceClient& client) { return client; }
};
struct Views {
  template <class Message, class View>
  using Response = OwnedView<View>;
  static const v1::ConformanceServiceClient::Views& CallsOf(const v1::ConformanceServiceClient& client) {
    return client.views();
  }
};

// One call with the generated client, and what is to be told of it.
template <class Responses>
class GeneratedCall {
 public:
  GeneratedCall(const v1::ClientCompatRequest& request, const std::shared_ptr<Transport>& transport)
      : request_(request),
        timing_(request),
        options_(ToOptions(request)),
        client_(transport),
        calls_(Responses::CallsOf(client_)) {
    response_.set_test_name(request.test_name());
    response_.mutable_response();
  }

  v1::ClientCompatResponse Run() {
    const std::string& method = request_.method();
    if (method == "Unary") {
      Unary<v1::UnaryRequest, UnaryResponse>([this](const auto&... arguments) { return calls_.Unary(arguments...); });
    } else if (method == "IdempotentUnary") {
      Unary<v1::IdempotentUnaryRequest, IdempotentUnaryResponse>(
          [this](const auto&... arguments) { return calls_.IdempotentUnary(arguments...); });
    } else if (method == "Unimplemented") {
      Unary<v1::UnimplementedRequest, UnimplementedResponse>(
          [this](const auto&... arguments) { return calls_.Unimplemented(arguments...); });
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
  using UnaryResponse = typename Responses::template Response<v1::UnaryResponse, v1::UnaryResponseView>;
  using IdempotentUnaryResponse =
      typename Responses::template Response<v1::IdempotentUnaryResponse, v1::IdempotentUnaryResponseView>;
  using UnimplementedResponse =
      typename Responses::template Response<v1::UnimplementedResponse, v1::UnimplementedResponseView>;
  using ServerStreamResponse =
      typename Responses::template Response<v1::ServerStreamResponse, v1::ServerStreamResponseView>;
  using ClientStreamResponse =
      typename Responses::template Response<v1::ClientStreamResponse, v1::ClientStreamResponseView>;
  using BidiStreamResponse = typename Responses::template Response<v1::BidiStreamResponse, v1::BidiStreamResponseView>;

  v1::ClientResponseResult* result() { return response_.mutable_response(); }

  template <class Response>
  void AddPayload(const Response& response) {
    *result()->add_payloads() = response.payload();
  }
  template <class View>
  void AddPayload(const OwnedView<View>& response) {
    if (!views::ToMessage(response->payload(), result()->add_payloads())) {
      response_ = Refusal(request_, "a view that is no message");
    }
  }
  void AddPayload(const v1::UnimplementedResponse&) { result()->add_payloads(); }
  void AddPayload(const OwnedView<v1::UnimplementedResponseView>&) { result()->add_payloads(); }

  template <class Response>
  void Report(const Result<Response>& outcome) {
    ToFields(outcome.headers(), result()->mutable_response_headers());
    ToFields(outcome.trailers(), result()->mutable_response_trailers());
    if (outcome.ok()) {
      AddPayload(*outcome);
    } else {
      ToMessage(outcome.error(), result()->mutable_error());
    }
  }

  template <class Stream>
  void ReportEnd(Stream* stream) {
    const Error error = stream->Finish();
    ToFields(stream->headers(), result()->mutable_response_headers());
    ToFields(stream->trailers(), result()->mutable_response_trailers());
    if (!error.ok()) ToMessage(error, result()->mutable_error());
  }

  template <class Request>
  bool TakeMessage(int i, Request* message) {
    if (UnpackRequest(request_, i, message)) return true;
    response_ = Refusal(request_, "request message " + std::to_string(i) + " is missing or of another type");
    return false;
  }

  template <class Request, class Response, class Method>
  void Unary(Method method) {
    Request message;
    if (!TakeMessage(0, &message)) return;
    if (!timing_.after_close_send) {
      Report<Response>(method(message, options_));
      return;
    }
    Cancellation cancellation;
    options_.cancellation = &cancellation;
    Mailbox<Result<Response>> outcome;
    method(message, options_,
           UnaryCallback<Response>([&outcome](Result<Response> response) { outcome.Put(std::move(response)); }));
    std::this_thread::sleep_for(*timing_.after_close_send);
    cancellation.Cancel();
    Report(outcome.Take());
  }

  void ServerStream() {
    v1::ServerStreamRequest message;
    if (!TakeMessage(0, &message)) return;
    ClientReader<ServerStreamResponse> stream = calls_.ServerStream(message, options_);
    CancelAfterCloseSend(&stream);
    ReadAll(&stream);
    ReportEnd(&stream);
  }

  void ClientStream() {
    ClientWriter<v1::ClientStreamRequest, ClientStreamResponse> stream = calls_.ClientStream(options_);
    for (int i = 0; i < request_.request_messages_size(); ++i) {
      v1::ClientStreamRequest message;
      if (!TakeMessage(i, &message)) return;
      Pause();
      if (!stream.Write(message)) {
        result()->set_num_unsent_requests(request_.request_messages_size() - i);
        break;
      }
    }
    if (timing_.before_close_send) stream.Cancel();
    if (!timing_.after_close_send) {
      Report(stream.Finish());
      return;
    }
    Mailbox<Result<ClientStreamResponse>> outcome;
    stream.Finish([&outcome](Result<ClientStreamResponse> response) { outcome.Put(std::move(response)); });
    CancelAfterCloseSend(&stream);
    Report(outcome.Take());
  }

  void BidiStream() {
    ClientReaderWriter<v1::BidiStreamRequest, BidiStreamResponse> stream = calls_.BidiStream(options_);
    const bool full_duplex = request_.stream_type() == v1::STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM;
    for (int i = 0; i < request_.request_messages_size(); ++i) {
      v1::BidiStreamRequest message;
      if (!TakeMessage(i, &message)) return;
      Pause();
      if (!stream.Write(message)) {
        result()->set_num_unsent_requests(request_.request_messages_size() - i);
        break;
      }
      if (full_duplex && !ReadOne(&stream)) break;
    }
    if (timing_.before_close_send) stream.Cancel();
    stream.CloseSend();
    CancelAfterCloseSend(&stream);
    ReadAll(&stream);
    ReportEnd(&stream);
  }

  void Pause() { std::this_thread::sleep_for(std::chrono::milliseconds(request_.request_delay_ms())); }

  template <class Stream>
  void CancelAfterCloseSend(Stream* stream) {
    if (!timing_.after_close_send) return;
    std::this_thread::sleep_for(*timing_.after_close_send);
    stream->Cancel();
  }

  template <template <class...> class Stream, class... Types>
  bool ReadOne(Stream<Types...>* stream) {
    std::tuple_element_t<sizeof...(Types) - 1, std::tuple<Types...>> message;
    if (!stream->Read(&message)) return false;
    AddPayload(message);
    if (result()->payloads_size() == timing_.after_num_responses) stream->Cancel();
    return true;
  }

  template <class Stream>
  void ReadAll(Stream* stream) {
    while (ReadOne(stream)) {
    }
  }

  const v1::ClientCompatRequest& request_;
  const CancelTiming timing_;
  CallOptions options_;
  v1::ConformanceServiceClient client_;
  decltype(Responses::CallsOf(std::declval<v1::ConformanceServiceClient&>())) calls_;
  v1::ClientCompatResponse response_;
};

template <class Responses>
class GeneratedClientCaller final : public Caller {
 public:
  v1::ClientCompatResponse Call(const v1::ClientCompatRequest& request,
                                const std::shared_ptr<Transport>& transport) override {
    return GeneratedCall<Responses>(request, transport).Run();
  }
};

}  // namespace

std::unique_ptr<Caller> NewGeneratedClientCaller() {
  return std::make_unique<GeneratedClientCaller<Messages>>();
}

std::unique_ptr<Caller> NewGeneratedViewsCaller() {
  return std::make_unique<GeneratedClientCaller<Views>>();
}

}  // namespace connectrpc::conformance
