#ifndef CONNECTRPC_BENCH_SERVERS_WORKLOADS_H_
#define CONNECTRPC_BENCH_SERVERS_WORKLOADS_H_

#include <grpcpp/support/status.h>

#include <chrono>

#include "bench/servers/store.h"
#include "bench/v1/bench.pb.h"

// The handlers' work, the same in every style.
namespace connectrpc::bench {

inline constexpr std::chrono::milliseconds kSlowEchoSleep{5};

inline void Echo(const ::bench::v1::EchoRequest& request, ::bench::v1::EchoResponse* response) {
  response->set_message(request.message());
}

// Reads every field of every record.
void Ingest(const ::bench::v1::LogRequest& request, ::bench::v1::LogIngestResponse* response);

inline void Repeat(const ::bench::v1::BenchRequest& request, ::bench::v1::BenchResponse* response) {
  *response->mutable_payload() = request.payload();
}

grpc::Status Fortunes(Store::Answer answer, fortune::v1::GetFortunesResponse* response);
grpc::Status NoStore();

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_SERVERS_WORKLOADS_H_
