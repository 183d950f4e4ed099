#include "conformance/queue_service.h"

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "conformance/service_logic.h"

namespace connectrpc::conformance {
namespace {

using Service = v1::ConformanceService::AsyncService;

constexpr int kQueues = 2;

// Its address is the tag of an operation: what a queue returns when the operation is done.
class Tag {
 public:
  using Then = std::function<void(bool ok)>;

  void* Set(Then then) {
    then_ = std::move(then);
    return this;
  }

  // `then` may set the tag again or destroy it.
  void Fire(bool ok) {
    const Then then = std::exchange(then_, nullptr);
    then(ok);
  }

 private:
  Then then_;
};

// A completion queue and the number of calls that use it, requested ones included. Belongs to the thread that polls.
struct Lane {
  Service* const service;
  grpc::ServerCompletionQueue* const queue;
  int calls = 0;
};

// What the calls of all methods have in common. All events of a call come from its own lane, one at a time. A call has
// one operation or one pause under way, and owns itself.
class Call {
 public:
  virtual ~Call() { --lane_->calls; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 protected:
  explicit Call(Lane* lane) : lane_(lane) {
    ++lane->calls;
    context_.AsyncNotifyWhenDone(done_.Set([this](bool) {
      over_ = true;
      alarm_.Cancel();
      DeleteIfUnused();
    }));
  }

  // The tag of the request for this call, which fails when the server shuts down. Then nothing started, and
  // AsyncNotifyWhenDone does not return its tag either.
  void* ThenStart(std::function<void()> start) {
    return Then([this, start = std::move(start)](bool ok) { ok ? start() : delete this; });
  }

  // The tag of the next operation.
  void* Then(Tag::Then then) { return step_.Set(std::move(then)); }

  // The tag of the last operation.
  void* ThenEnd() {
    return Then([this](bool) {
      finished_ = true;
      DeleteIfUnused();
    });
  }

  // Goes on with `then(true)` after `duration`, or with `then(false)` as soon as the call is cancelled.
  void Pause(std::chrono::milliseconds duration, Tag::Then then) {
    if (over_ || duration.count() == 0) {
      then(!over_);
      return;
    }
    alarm_.Set(lane_->queue, std::chrono::system_clock::now() + duration, Then(std::move(then)));
  }

  Lane* const lane_;
  grpc::ServerContext context_;

 private:
  // The call's end and that of its last operation come in either order.
  void DeleteIfUnused() {
    if (over_ && finished_) delete this;
  }

  Tag step_;
  Tag done_;
  grpc::Alarm alarm_;
  bool over_ = false;  // the status was sent, or the call cancelled
  bool finished_ = false;
};

// A call with a single response, of the type `Response`. `Responder` sends it.
template <class Response, class Responder>
class SingleResponseCall : public Call {
 protected:
  using Call::Call;

  void Answer(const v1::UnaryResponseDefinition& definition, RequestInfo info) {
    SetMetadata(definition, &context_);
    grpc::Status status = AnswerOnce(definition, std::move(info), response_.mutable_payload());
    Pause(std::chrono::milliseconds(definition.response_delay_ms()), [this, status = std::move(status)](bool elapsed) {
      responder_.Finish(response_, elapsed ? status : grpc::Status::CANCELLED, ThenEnd());
    });
  }

  Responder responder_{&context_};

 private:
  Response response_;
};

template <class Request, class Response>
class UnaryCall final : public SingleResponseCall<Response, grpc::ServerAsyncResponseWriter<Response>> {
 public:
  using Responder = grpc::ServerAsyncResponseWriter<Response>;
  using RequestMethod = void (Service::*)(grpc::ServerContext*, Request*, Responder*, grpc::CompletionQueue*,
                                          grpc::ServerCompletionQueue*, void*);

  UnaryCall(Lane* lane, RequestMethod method) : SingleResponseCall<Response, Responder>(lane) {
    (lane->service->*method)(&this->context_, &request_, &this->responder_, lane->queue, lane->queue,
                             this->ThenStart([this, method] {
                               new UnaryCall(this->lane_, method);
                               RequestInfo info = DescribeCall(this->context_);
                               AppendRequest(request_, &info);
                               this->Answer(request_.response_definition(), std::move(info));
                             }));
  }

 private:
  Request request_;
};

class UnimplementedCall final : public Call {
 public:
  explicit UnimplementedCall(Lane* lane) : Call(lane) {
    lane->service->RequestUnimplemented(&context_, &request_, &responder_, lane->queue, lane->queue, ThenStart([this] {
      new UnimplementedCall(lane_);
      responder_.FinishWithError(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""), ThenEnd());
    }));
  }

 private:
  v1::UnimplementedRequest request_;
  grpc::ServerAsyncResponseWriter<v1::UnimplementedResponse> responder_{&context_};
};

using ClientStreamReader = grpc::ServerAsyncReader<v1::ClientStreamResponse, v1::ClientStreamRequest>;

class ClientStreamCall final : public SingleResponseCall<v1::ClientStreamResponse, ClientStreamReader> {
 public:
  explicit ClientStreamCall(Lane* lane) : SingleResponseCall(lane) {
    lane->service->RequestClientStream(&context_, &responder_, lane->queue, lane->queue, ThenStart([this] {
      new ClientStreamCall(lane_);
      info_ = DescribeCall(context_);
      Read();
    }));
  }

 private:
  void Read() {
    responder_.Read(&request_, Then([this](bool ok) {
      if (!ok) {  // the end of the upload, or a broken one: then the caller gets that error, whatever is answered
        Answer(definition_, std::move(info_));
        return;
      }
      if (info_.requests_size() == 0) definition_ = request_.response_definition();
      AppendRequest(request_, &info_);
      Read();
    }));
  }

  RequestInfo info_;
  v1::UnaryResponseDefinition definition_;
  v1::ClientStreamRequest request_;
};

class ServerStreamCall final : public Call {
 public:
  explicit ServerStreamCall(Lane* lane) : Call(lane) {
    lane->service->RequestServerStream(&context_, &request_, &writer_, lane->queue, lane->queue, ThenStart([this] {
      new ServerStreamCall(lane_);
      Start();
    }));
  }

 private:
  void Start() {
    answer_.emplace(DescribeCall(context_));
    answer_->Define(request_.response_definition());
    answer_->AddRequest(request_);
    SetMetadata(request_.response_definition(), &context_);
    if (answer_->HasNext()) {
      writer_.SendInitialMetadata(Then([this](bool ok) { SendNextIf(ok); }));
    } else {
      Finish(answer_->Finish());
    }
  }

  void SendNextIf(bool ok) {
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
    } else if (!answer_->HasNext()) {
      Finish(answer_->Finish());
    } else {
      Pause(answer_->delay(), [this](bool elapsed) { Send(elapsed); });
    }
  }

  void Send(bool elapsed) {
    if (!elapsed) {
      Finish(grpc::Status::CANCELLED);
      return;
    }
    *response_.mutable_payload() = answer_->Next();
    writer_.Write(response_, Then([this](bool ok) { SendNextIf(ok); }));
  }

  void Finish(const grpc::Status& status) { writer_.Finish(status, ThenEnd()); }

  v1::ServerStreamRequest request_;
  v1::ServerStreamResponse response_;
  std::optional<StreamAnswer> answer_;  // from the call's start on
  grpc::ServerAsyncWriter<v1::ServerStreamResponse> writer_{&context_};
};

class BidiStreamCall final : public Call {
 public:
  explicit BidiStreamCall(Lane* lane) : Call(lane) {
    lane->service->RequestBidiStream(&context_, &stream_, lane->queue, lane->queue, ThenStart([this] {
      new BidiStreamCall(lane_);
      answer_.emplace(DescribeCall(context_));
      Read();
    }));
  }

 private:
  void Read() {
    stream_.Read(&request_, Then([this](bool ok) { ok ? OnRequest() : OnHalfClose(); }));
  }

  void OnRequest() {
    answer_->AddRequest(request_);
    if (!defined_) {
      defined_ = true;
      full_duplex_ = request_.full_duplex();
      answer_->Define(request_.response_definition());
      SetMetadata(request_.response_definition(), &context_);
    }
    full_duplex_ ? SendHeadersOrNext() : Read();
  }

  void OnHalfClose() {
    reading_ = false;
    SendHeadersOrNext();
  }

  // Headers go ahead of the first delay, so that the client sees them at once.
  void SendHeadersOrNext() {
    if (headers_sent_ || !answer_->HasNext()) {
      SendNextOrFinish();
      return;
    }
    headers_sent_ = true;
    stream_.SendInitialMetadata(Then([this](bool ok) { ok ? SendNextOrFinish() : Finish(grpc::Status::CANCELLED); }));
  }

  void SendNextOrFinish() {
    if (answer_->HasNext()) {
      Pause(answer_->delay(), [this](bool elapsed) { elapsed ? Send() : Finish(grpc::Status::CANCELLED); });
    } else {
      Finish(answer_->Finish());
    }
  }

  void Send() {
    *response_.mutable_payload() = answer_->Next();
    stream_.Write(response_, Then([this](bool ok) { OnSent(ok); }));
  }

  void OnSent(bool ok) {
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
    } else if (reading_) {
      Read();
    } else {
      SendNextOrFinish();
    }
  }

  void Finish(const grpc::Status& status) { stream_.Finish(status, ThenEnd()); }

  v1::BidiStreamRequest request_;
  v1::BidiStreamResponse response_;
  std::optional<StreamAnswer> answer_;  // from the call's start on
  bool defined_ = false;                // by the first request
  bool full_duplex_ = false;
  bool reading_ = true;  // until the client's half-close
  bool headers_sent_ = false;
  grpc::ServerAsyncReaderWriter<v1::BidiStreamResponse, v1::BidiStreamRequest> stream_{&context_};
};

// One call of each method; each requests its successor.
void RequestCalls(Lane* lane) {
  new UnaryCall<v1::UnaryRequest, v1::UnaryResponse>(lane, &Service::RequestUnary);
  new UnaryCall<v1::IdempotentUnaryRequest, v1::IdempotentUnaryResponse>(lane, &Service::RequestIdempotentUnary);
  new UnimplementedCall(lane);
  new ClientStreamCall(lane);
  new ServerStreamCall(lane);
  new BidiStreamCall(lane);
}

// Ends when the server has shut down: then requests fail, and what had started comes to its end.
void Poll(Service* service, grpc::ServerCompletionQueue* queue) {
  Lane lane{service, queue};
  RequestCalls(&lane);
  void* tag = nullptr;
  bool ok = false;
  while (lane.calls > 0 && queue->Next(&tag, &ok)) static_cast<Tag*>(tag)->Fire(ok);
}

}  // namespace

QueueService::QueueService(grpc::ServerBuilder* builder) {
  builder->RegisterService(&service_);
  for (int i = 0; i < kQueues; ++i) queues_.push_back(builder->AddCompletionQueue());
}

void QueueService::Start() {
  for (const auto& queue : queues_) threads_.emplace_back(Poll, &service_, queue.get());
}

void QueueService::Drain() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const auto& queue : queues_) {
    queue->Shutdown();  // not earlier: an operation on a queue that was shut down aborts the process
    // What is left are requests of gRPC's own, which Next does not return.
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) static_cast<Tag*>(tag)->Fire(ok);
  }
}

}  // namespace connectrpc::conformance
