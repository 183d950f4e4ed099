#ifndef INTEROP_PEERS_PEER_SERVICE_H_
#define INTEROP_PEERS_PEER_SERVICE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/sync_stream.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "peer.grpc.pb.h"

namespace connectrpc::peers {

// The service that peer.proto describes, as gRPC programs commonly write one.
class PeerService final : public v1::PeerService::Service {
 public:
  explicit PeerService(std::string server_name) : server_name_(std::move(server_name)) {}

  // The calls whose handler has been entered so far.
  uint64_t calls() const { return calls_; }

 private:
  grpc::Status Say(grpc::ServerContext* context, const v1::SayRequest* request, v1::SayResponse* response) override;
  grpc::Status Look(grpc::ServerContext* context, const v1::SayRequest* request, v1::SayResponse* response) override;
  grpc::Status Count(grpc::ServerContext* context, const v1::CountRequest* request,
                     grpc::ServerWriter<v1::CountResponse>* writer) override;
  grpc::Status Open(grpc::ServerContext* context, const v1::OpenRequest* request, v1::OpenResponse* response) override;
  grpc::Status Sum(grpc::ServerContext* context, grpc::ServerReader<v1::SumRequest>* reader,
                   v1::SumResponse* response) override;
  grpc::Status Talk(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<v1::SayResponse, v1::SayRequest>* stream) override;

  void Enter(grpc::ServerContext* context);
  grpc::Status Answer(const grpc::ServerContext& context, const v1::SayRequest& request, v1::SayResponse* response);
  // Waits until the gate has been opened once for this call; false if the caller has gone before.
  bool PassGate(const grpc::ServerContext& context, const std::string& gate);

  const std::string server_name_;
  std::atomic<uint64_t> calls_{0};
  std::mutex mutex_;
  std::condition_variable opened_;
  std::map<std::string, int> gates_;  // how often each may still be passed; guarded by mutex_
};

}  // namespace connectrpc::peers

#endif  // INTEROP_PEERS_PEER_SERVICE_H_
