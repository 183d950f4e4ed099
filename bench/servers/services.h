#ifndef CONNECTRPC_BENCH_SERVERS_SERVICES_H_
#define CONNECTRPC_BENCH_SERVERS_SERVICES_H_

#include <grpcpp/server_builder.h>

#include <memory>

#include "bench/servers/store.h"
#include "connectrpc/server.h"

namespace connectrpc::bench {

// The benchmark's services in one of gRPC's styles.
class Services {
 public:
  virtual ~Services() = default;
  virtual void Register(grpc::ServerBuilder* builder) = 0;
  // Mounts them so that their handlers are called directly.
  virtual void MountDirectly(HttpOptions* http) = 0;
  // After the server has started.
  virtual void Start() {}
};

// `store` may be null, and outlives them.
std::unique_ptr<Services> NewSyncServices(Store* store);
std::unique_ptr<Services> NewCallbackServices(Store* store);
// The same, but that log ingest takes views.
std::unique_ptr<Services> NewSyncViewServices(Store* store);
std::unique_ptr<Services> NewCallbackViewServices(Store* store);
// As callback services, with a message allocator for each unary method, which puts a call's messages on an arena.
std::unique_ptr<Services> NewArenaServices(Store* store);
// On one completion queue, polled by one thread.
std::unique_ptr<Services> NewQueueServices(Store* store);

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_SERVERS_SERVICES_H_
