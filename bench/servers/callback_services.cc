#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <chrono>
#include <utility>

#include "bench/servers/arena_allocator.h"
#include "bench/servers/callable_services.h"
#include "bench/servers/workloads.h"
#include "bench/v1/bench.connect.grpc.pb.h"
#include "fortune/v1/fortune.connect.grpc.pb.h"

namespace connectrpc::bench {
namespace {

using ::bench::v1::BenchRequest;
using ::bench::v1::BenchResponse;
using ::bench::v1::EchoRequest;
using ::bench::v1::EchoResponse;

grpc::ServerUnaryReactor* FinishedReactor(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

class SleepingEcho final : public grpc::ServerUnaryReactor {
 public:
  SleepingEcho(const EchoRequest& request, EchoResponse* response) {
    alarm_.Set(std::chrono::system_clock::now() + kSlowEchoSleep, [this, &request, response](bool) {
      Echo(request, response);
      Finish(grpc::Status::OK);
    });
  }

 private:
  void OnDone() override { delete this; }

  grpc::Alarm alarm_;
};

class Repeater final : public grpc::ServerWriteReactor<BenchResponse> {
 public:
  explicit Repeater(const BenchRequest& request) : left_(request.response_count()) {
    Repeat(request, &response_);
    OnWriteDone(true);
  }

 private:
  void OnWriteDone(bool ok) override {
    if (!ok || left_ == 0) {
      Finish(grpc::Status::OK);
    } else {
      --left_;
      StartWrite(&response_);
    }
  }

  void OnDone() override { delete this; }

  BenchResponse response_;
  int left_;
};

class LastOfAll final : public grpc::ServerReadReactor<BenchRequest> {
 public:
  explicit LastOfAll(BenchResponse* response) : response_(response) { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (ok) {
      Repeat(request_, response_);
      StartRead(&request_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnDone() override { delete this; }

  BenchResponse* const response_;
  BenchRequest request_;
};

class EachInTurn final : public grpc::ServerBidiReactor<BenchRequest, BenchResponse> {
 public:
  EachInTurn() { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (ok) {
      Repeat(request_, &response_);
      StartWrite(&response_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnDone() override { delete this; }

  BenchRequest request_;
  BenchResponse response_;
};

class CallbackEcho : public ::bench::v1::EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    bench::Echo(*request, response);
    return FinishedReactor(context);
  }

  grpc::ServerUnaryReactor* SlowEcho(grpc::CallbackServerContext*, const EchoRequest* request,
                                     EchoResponse* response) override {
    return new SleepingEcho(*request, response);
  }
};

class CallbackLogIngest : public ::bench::v1::LogIngestService::CallbackService {
  grpc::ServerUnaryReactor* Ingest(grpc::CallbackServerContext* context, const ::bench::v1::LogRequest* request,
                                   ::bench::v1::LogIngestResponse* response) override {
    bench::Ingest(*request, response);
    return FinishedReactor(context);
  }
};

class ViewLogIngest final : public ::bench::v1::LogIngestServiceViews::WithViewCallbackMethod_Ingest<
                                ::bench::v1::LogIngestService::CallbackService> {
  grpc::ServerUnaryReactor* Ingest(grpc::CallbackServerContext* context,
                                   const OwnedView<::bench::v1::LogRequestView>* request,
                                   ::bench::v1::LogIngestResponse* response) override {
    bench::Ingest(**request, response);
    return FinishedReactor(context);
  }
};

class CallbackBench : public ::bench::v1::BenchService::CallbackService {
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const BenchRequest* request,
                                  BenchResponse* response) override {
    Repeat(*request, response);
    return FinishedReactor(context);
  }

  grpc::ServerWriteReactor<BenchResponse>* ServerStream(grpc::CallbackServerContext*,
                                                        const BenchRequest* request) override {
    return new Repeater(*request);
  }

  grpc::ServerReadReactor<BenchRequest>* ClientStream(grpc::CallbackServerContext*, BenchResponse* response) override {
    return new LastOfAll(response);
  }

  grpc::ServerBidiReactor<BenchRequest, BenchResponse>* BidiStream(grpc::CallbackServerContext*) override {
    return new EachInTurn;
  }
};

class CallbackFortunes : public fortune::v1::FortuneService::CallbackService {
 public:
  explicit CallbackFortunes(Store* store) : store_(store) {}

 private:
  grpc::ServerUnaryReactor* GetFortunes(grpc::CallbackServerContext* context, const fortune::v1::GetFortunesRequest*,
                                        fortune::v1::GetFortunesResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    if (store_ == nullptr) {
      reactor->Finish(NoStore());
    } else {
      store_->Ask(
          [reactor, response](Store::Answer answer) { reactor->Finish(Fortunes(std::move(answer), response)); });
    }
    return reactor;
  }

  Store* const store_;
};

// The same handlers.
class ArenaEcho final : public CallbackEcho {
 public:
  ArenaEcho() {
    SetMessageAllocatorFor_Echo(&allocator_);
    SetMessageAllocatorFor_SlowEcho(&allocator_);
  }

 private:
  ArenaAllocator<EchoRequest, EchoResponse> allocator_;
};

class ArenaLogIngest final : public CallbackLogIngest {
 public:
  ArenaLogIngest() { SetMessageAllocatorFor_Ingest(&allocator_); }

 private:
  ArenaAllocator<::bench::v1::LogRequest, ::bench::v1::LogIngestResponse> allocator_;
};

class ArenaBench final : public CallbackBench {
 public:
  ArenaBench() { SetMessageAllocatorFor_Unary(&allocator_); }

 private:
  ArenaAllocator<BenchRequest, BenchResponse> allocator_;
};

class ArenaFortunes final : public CallbackFortunes {
 public:
  explicit ArenaFortunes(Store* store) : CallbackFortunes(store) { SetMessageAllocatorFor_GetFortunes(&allocator_); }

 private:
  ArenaAllocator<fortune::v1::GetFortunesRequest, fortune::v1::GetFortunesResponse> allocator_;
};

}  // namespace

std::unique_ptr<Services> NewCallbackServices(Store* store) {
  return std::make_unique<CallableServices<CallbackEcho, CallbackLogIngest, CallbackBench, CallbackFortunes>>(store);
}

std::unique_ptr<Services> NewCallbackViewServices(Store* store) {
  return std::make_unique<CallableServices<CallbackEcho, ViewLogIngest, CallbackBench, CallbackFortunes>>(store);
}

std::unique_ptr<Services> NewArenaServices(Store* store) {
  return std::make_unique<CallableServices<ArenaEcho, ArenaLogIngest, ArenaBench, ArenaFortunes>>(store);
}

}  // namespace connectrpc::bench
