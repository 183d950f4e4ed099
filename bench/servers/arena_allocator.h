#ifndef CONNECTRPC_BENCH_SERVERS_ARENA_ALLOCATOR_H_
#define CONNECTRPC_BENCH_SERVERS_ARENA_ALLOCATOR_H_

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>

namespace connectrpc::bench {

// Puts the messages of each call on an arena of its own, whose first block lies beside it: what gRPC's users do who
// want the most of it.
template <class Request, class Response>
class ArenaAllocator final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Messages; }

 private:
  class Messages final : public grpc::MessageHolder<Request, Response> {
   public:
    Messages() : arena_(block_, sizeof(block_)) {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }

   private:
    void Release() override { delete this; }

    alignas(8) char block_[4096];
    google::protobuf::Arena arena_;
  };
};

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_SERVERS_ARENA_ALLOCATOR_H_
