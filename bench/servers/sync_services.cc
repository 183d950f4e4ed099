#include <grpcpp/server_context.h>

#include <thread>

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

class SyncEcho final : public ::bench::v1::EchoService::Service {
  grpc::Status Echo(grpc::ServerContext*, const EchoRequest* request, EchoResponse* response) override {
    bench::Echo(*request, response);
    return grpc::Status::OK;
  }

  grpc::Status SlowEcho(grpc::ServerContext*, const EchoRequest* request, EchoResponse* response) override {
    std::this_thread::sleep_for(kSlowEchoSleep);
    bench::Echo(*request, response);
    return grpc::Status::OK;
  }
};

class SyncLogIngest final : public ::bench::v1::LogIngestService::Service {
  grpc::Status Ingest(grpc::ServerContext*, const ::bench::v1::LogRequest* request,
                      ::bench::v1::LogIngestResponse* response) override {
    bench::Ingest(*request, response);
    return grpc::Status::OK;
  }
};

class ViewLogIngest final
    : public ::bench::v1::LogIngestServiceViews::WithViewMethod_Ingest<::bench::v1::LogIngestService::Service> {
  grpc::Status Ingest(grpc::ServerContext*, const OwnedView<::bench::v1::LogRequestView>* request,
                      ::bench::v1::LogIngestResponse* response) override {
    bench::Ingest(**request, response);
    return grpc::Status::OK;
  }
};

class SyncBench final : public ::bench::v1::BenchService::Service {
  grpc::Status Unary(grpc::ServerContext*, const BenchRequest* request, BenchResponse* response) override {
    Repeat(*request, response);
    return grpc::Status::OK;
  }

  grpc::Status ServerStream(grpc::ServerContext*, const BenchRequest* request,
                            grpc::ServerWriter<BenchResponse>* writer) override {
    BenchResponse response;
    Repeat(*request, &response);
    for (int i = 0; i < request->response_count(); ++i) {
      if (!writer->Write(response)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status ClientStream(grpc::ServerContext*, grpc::ServerReader<BenchRequest>* reader,
                            BenchResponse* response) override {
    BenchRequest request;
    while (reader->Read(&request)) Repeat(request, response);
    return grpc::Status::OK;
  }

  grpc::Status BidiStream(grpc::ServerContext*,
                          grpc::ServerReaderWriter<BenchResponse, BenchRequest>* stream) override {
    BenchRequest request;
    BenchResponse response;
    while (stream->Read(&request)) {
      Repeat(request, &response);
      if (!stream->Write(response)) break;
    }
    return grpc::Status::OK;
  }
};

class SyncFortunes final : public fortune::v1::FortuneService::Service {
 public:
  explicit SyncFortunes(Store* store) : store_(store) {}

 private:
  grpc::Status GetFortunes(grpc::ServerContext*, const fortune::v1::GetFortunesRequest*,
                           fortune::v1::GetFortunesResponse* response) override {
    return store_ == nullptr ? NoStore() : Fortunes(store_->Ask(), response);
  }

  Store* const store_;
};

}  // namespace

std::unique_ptr<Services> NewSyncServices(Store* store) {
  return std::make_unique<CallableServices<SyncEcho, SyncLogIngest, SyncBench, SyncFortunes>>(store);
}

std::unique_ptr<Services> NewSyncViewServices(Store* store) {
  return std::make_unique<CallableServices<SyncEcho, ViewLogIngest, SyncBench, SyncFortunes>>(store);
}

}  // namespace connectrpc::bench
