#ifndef CONNECTRPC_BENCH_SERVERS_WORKLOADS_H_
#define CONNECTRPC_BENCH_SERVERS_WORKLOADS_H_

#include <grpcpp/support/status.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "bench/servers/store.h"
#include "bench/v1/bench.pb.h"

// The handlers' work, the same in every style.
namespace connectrpc::bench {

inline constexpr std::chrono::milliseconds kSlowEchoSleep{5};

inline void Echo(const ::bench::v1::EchoRequest& request, ::bench::v1::EchoResponse* response) {
  response->set_message(request.message());
}

// Reads every field of every record, of a message or its view.
template <class Request>
void Ingest(const Request& request, ::bench::v1::LogIngestResponse* response) {
  int max_severity = 0;
  size_t message_bytes = 0, label_bytes = 0;
  for (const auto& record : request.records()) {
    max_severity = std::max(max_severity, static_cast<int>(record.severity()));
    const auto& source = record.source();
    message_bytes += record.message().size() + record.service_name().size() + record.instance_id().size() +
                     record.trace_id().size() + record.span_id().size() + source.file().size() +
                     source.function().size();
    [[maybe_unused]] const volatile int line = source.line();
    for (const auto& [key, value] : record.labels()) label_bytes += key.size() + value.size();
  }
  response->set_count(static_cast<int>(request.records().size()));
  response->set_total_message_bytes(static_cast<int64_t>(message_bytes));
  response->set_total_label_bytes(static_cast<int64_t>(label_bytes));
  response->set_max_severity(max_severity);
}

inline void Repeat(const ::bench::v1::BenchRequest& request, ::bench::v1::BenchResponse* response) {
  *response->mutable_payload() = request.payload();
}

grpc::Status Fortunes(Store::Answer answer, fortune::v1::GetFortunesResponse* response);
grpc::Status NoStore();

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_SERVERS_WORKLOADS_H_
