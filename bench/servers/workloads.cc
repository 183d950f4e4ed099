#include "bench/servers/workloads.h"

#include <utility>

namespace connectrpc::bench {

grpc::Status Fortunes(Store::Answer answer, fortune::v1::GetFortunesResponse* response) {
  if (!answer.has_value()) return grpc::Status(grpc::StatusCode::INTERNAL, "Redis does not answer");
  *response = *std::move(answer);
  return grpc::Status::OK;
}

grpc::Status NoStore() {
  return grpc::Status(grpc::StatusCode::INTERNAL, "started without --redis");
}

}  // namespace connectrpc::bench
