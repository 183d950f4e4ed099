#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <chrono>
#include <thread>
#include <utility>

#include "bench/servers/services.h"
#include "bench/servers/workloads.h"
#include "bench/v1/bench.grpc.pb.h"
#include "fortune/v1/fortune.grpc.pb.h"

// Written as gRPC's documentation shows: a call is an object that is the tag of its operations, one at a time, and puts
// the request for the next call when it has begun itself. The server is killed, so nothing here shuts down.
namespace connectrpc::bench {
namespace {

using ::bench::v1::BenchRequest;
using ::bench::v1::BenchResponse;
using ::bench::v1::EchoRequest;
using ::bench::v1::EchoResponse;
using ::bench::v1::LogIngestResponse;
using ::bench::v1::LogRequest;
using fortune::v1::GetFortunesRequest;
using fortune::v1::GetFortunesResponse;

using Echoes = ::bench::v1::EchoService::AsyncService;
using LogIngests = ::bench::v1::LogIngestService::AsyncService;
using Benches = ::bench::v1::BenchService::AsyncService;
using FortuneTellers = fortune::v1::FortuneService::AsyncService;

class Call {
 public:
  virtual ~Call() = default;
  // The operation has ended, and so has the call where it was the last.
  virtual void Proceed(bool ok) = 0;

 protected:
  grpc::ServerContext context_;
};

// `Handle` is called with the request and a pointer to the response.
template <class Service, class Request, class Response, auto Method, auto Handle>
class UnaryCall final : public Call {
 public:
  UnaryCall(Service* service, grpc::ServerCompletionQueue* queue) : service_(service), queue_(queue) {
    (service->*Method)(&context_, &request_, &responder_, queue, queue, this);
  }

 private:
  void Proceed(bool ok) override {
    if (!ok || begun_) {
      delete this;
      return;
    }
    begun_ = true;
    new UnaryCall(service_, queue_);
    Handle(request_, &response_);
    responder_.Finish(response_, grpc::Status::OK, this);
  }

  Service* const service_;
  grpc::ServerCompletionQueue* const queue_;
  Request request_;
  Response response_;
  grpc::ServerAsyncResponseWriter<Response> responder_{&context_};
  bool begun_ = false;
};

class SlowEchoCall final : public Call {
 public:
  SlowEchoCall(Echoes* service, grpc::ServerCompletionQueue* queue) : service_(service), queue_(queue) {
    service->RequestSlowEcho(&context_, &request_, &responder_, queue, queue, this);
  }

 private:
  void Proceed(bool ok) override {
    if (!ok || state_ == State::kFinished) {
      delete this;
    } else if (state_ == State::kRequested) {
      new SlowEchoCall(service_, queue_);
      state_ = State::kAsleep;
      alarm_.Set(queue_, std::chrono::system_clock::now() + kSlowEchoSleep, this);
    } else {
      state_ = State::kFinished;
      Echo(request_, &response_);
      responder_.Finish(response_, grpc::Status::OK, this);
    }
  }

  enum class State { kRequested, kAsleep, kFinished };

  Echoes* const service_;
  grpc::ServerCompletionQueue* const queue_;
  EchoRequest request_;
  EchoResponse response_;
  grpc::ServerAsyncResponseWriter<EchoResponse> responder_{&context_};
  grpc::Alarm alarm_;
  State state_ = State::kRequested;
};

class ServerStreamCall final : public Call {
 public:
  ServerStreamCall(Benches* service, grpc::ServerCompletionQueue* queue) : service_(service), queue_(queue) {
    service->RequestServerStream(&context_, &request_, &writer_, queue, queue, this);
  }

 private:
  void Proceed(bool ok) override {
    if (finished_ || (!ok && !begun_)) {
      delete this;
      return;
    }
    if (!begun_) {
      begun_ = true;
      new ServerStreamCall(service_, queue_);
      left_ = request_.response_count();
      Repeat(request_, &response_);
    }
    if (!ok || left_ == 0) {
      finished_ = true;
      writer_.Finish(grpc::Status::OK, this);
    } else {
      --left_;
      writer_.Write(response_, this);
    }
  }

  Benches* const service_;
  grpc::ServerCompletionQueue* const queue_;
  BenchRequest request_;
  BenchResponse response_;
  grpc::ServerAsyncWriter<BenchResponse> writer_{&context_};
  int left_ = 0;
  bool begun_ = false;
  bool finished_ = false;
};

class ClientStreamCall final : public Call {
 public:
  ClientStreamCall(Benches* service, grpc::ServerCompletionQueue* queue) : service_(service), queue_(queue) {
    service->RequestClientStream(&context_, &reader_, queue, queue, this);
  }

 private:
  void Proceed(bool ok) override {
    if (finished_ || (!ok && !begun_)) {
      delete this;
    } else if (!ok) {
      finished_ = true;
      reader_.Finish(response_, grpc::Status::OK, this);
    } else {
      if (begun_) {
        Repeat(request_, &response_);
      } else {
        new ClientStreamCall(service_, queue_);
      }
      begun_ = true;
      reader_.Read(&request_, this);
    }
  }

  Benches* const service_;
  grpc::ServerCompletionQueue* const queue_;
  BenchRequest request_;
  BenchResponse response_;
  grpc::ServerAsyncReader<BenchResponse, BenchRequest> reader_{&context_};
  bool begun_ = false;
  bool finished_ = false;
};

class FortunesCall final : public Call {
 public:
  FortunesCall(FortuneTellers* service, grpc::ServerCompletionQueue* queue, Store* store)
      : service_(service), queue_(queue), store_(store) {
    service->RequestGetFortunes(&context_, &request_, &responder_, queue, queue, this);
  }

 private:
  void Proceed(bool ok) override {
    if (!ok || begun_) {
      delete this;
      return;
    }
    begun_ = true;
    new FortunesCall(service_, queue_, store_);
    if (store_ == nullptr) {
      responder_.FinishWithError(NoStore(), this);
      return;
    }
    store_->Ask([this](Store::Answer answer) {
      const grpc::Status status = Fortunes(std::move(answer), &response_);
      responder_.Finish(response_, status, this);
    });
  }

  FortuneTellers* const service_;
  grpc::ServerCompletionQueue* const queue_;
  Store* const store_;
  GetFortunesRequest request_;
  GetFortunesResponse response_;
  grpc::ServerAsyncResponseWriter<GetFortunesResponse> responder_{&context_};
  bool begun_ = false;
};

class QueueServices final : public Services {
 public:
  explicit QueueServices(Store* store) : store_(store) {}

  void Register(grpc::ServerBuilder* builder) override {
    builder->RegisterService(&echo_);
    builder->RegisterService(&log_ingest_);
    builder->RegisterService(&bench_);
    builder->RegisterService(&fortunes_);
    queue_ = builder->AddCompletionQueue();
  }

  // Handlers that wait on a queue cannot be called: all methods stay with gRPC.
  void MountDirectly(HttpOptions*) override {}

  void Start() override {
    new UnaryCall<Echoes, EchoRequest, EchoResponse, &Echoes::RequestEcho, &Echo>(&echo_, queue_.get());
    new SlowEchoCall(&echo_, queue_.get());
    new UnaryCall<LogIngests, LogRequest, LogIngestResponse, &LogIngests::RequestIngest, &Ingest<LogRequest>>(
        &log_ingest_, queue_.get());
    new UnaryCall<Benches, BenchRequest, BenchResponse, &Benches::RequestUnary, &Repeat>(&bench_, queue_.get());
    new ServerStreamCall(&bench_, queue_.get());
    new ClientStreamCall(&bench_, queue_.get());
    new FortunesCall(&fortunes_, queue_.get(), store_);
    std::thread([queue = queue_.get()] {
      void* tag = nullptr;
      bool ok = false;
      while (queue->Next(&tag, &ok)) static_cast<Call*>(tag)->Proceed(ok);
    }).detach();
  }

 private:
  Store* const store_;
  Echoes echo_;
  LogIngests log_ingest_;
  Benches bench_;
  FortuneTellers fortunes_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
};

}  // namespace

std::unique_ptr<Services> NewQueueServices(Store* store) {
  return std::make_unique<QueueServices>(store);
}

}  // namespace connectrpc::bench
