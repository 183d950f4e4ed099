#ifndef CONNECTRPC_BENCH_SERVERS_CALLABLE_SERVICES_H_
#define CONNECTRPC_BENCH_SERVERS_CALLABLE_SERVICES_H_

#include <grpcpp/server_builder.h>

#include "bench/servers/services.h"
#include "bench/servers/store.h"
#include "connectrpc/server.h"

namespace connectrpc::bench {

// The services of a style whose handlers are called: by gRPC, or directly.
template <class Echo, class LogIngest, class Bench, class Fortunes>
class CallableServices final : public Services {
 public:
  explicit CallableServices(Store* store) : fortunes_(store) {}

  void Register(grpc::ServerBuilder* builder) override {
    builder->RegisterService(&echo_);
    builder->RegisterService(&log_ingest_);
    builder->RegisterService(&bench_);
    builder->RegisterService(&fortunes_);
  }

  void MountDirectly(HttpOptions* http) override {
    http->direct(&echo_);
    http->direct(&log_ingest_);
    http->direct(&bench_);
    http->direct(&fortunes_);
  }

 private:
  Echo echo_;
  LogIngest log_ingest_;
  Bench bench_;
  Fortunes fortunes_;
};

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_SERVERS_CALLABLE_SERVICES_H_
