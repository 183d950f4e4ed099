#include "bench/servers/workloads.h"

#include <algorithm>
#include <utility>

namespace connectrpc::bench {

void Ingest(const ::bench::v1::LogRequest& request, ::bench::v1::LogIngestResponse* response) {
  int max_severity = 0;
  int64_t message_bytes = 0, label_bytes = 0;
  for (const ::bench::v1::LogRecord& record : request.records()) {
    max_severity = std::max(max_severity, static_cast<int>(record.severity()));
    const ::bench::v1::LogSource& source = record.source();
    message_bytes += record.message().size() + record.service_name().size() + record.instance_id().size() +
                     record.trace_id().size() + record.span_id().size() + source.file().size() +
                     source.function().size();
    [[maybe_unused]] const volatile int line = source.line();
    for (const auto& [key, value] : record.labels()) label_bytes += key.size() + value.size();
  }
  response->set_count(request.records_size());
  response->set_total_message_bytes(message_bytes);
  response->set_total_label_bytes(label_bytes);
  response->set_max_severity(max_severity);
}

grpc::Status Fortunes(Store::Answer answer, fortune::v1::GetFortunesResponse* response) {
  if (!answer.has_value()) return grpc::Status(grpc::StatusCode::INTERNAL, "Redis does not answer");
  *response = *std::move(answer);
  return grpc::Status::OK;
}

grpc::Status NoStore() {
  return grpc::Status(grpc::StatusCode::INTERNAL, "started without --redis");
}

}  // namespace connectrpc::bench
