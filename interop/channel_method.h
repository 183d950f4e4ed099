#ifndef CONNECTRPC_INTEROP_CHANNEL_METHOD_H_
#define CONNECTRPC_INTEROP_CHANNEL_METHOD_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "connectrpc/error.h"
#include "connectrpc/protocol.h"
#include "interop/call_info_metadata.h"
#include "interop/server_watch.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// A channel and the stub on it, and what its calls have in common; shared by the methods behind it.
struct ChannelTarget {
  enum class Kind { kInProcess, kOther };

  ChannelTarget(std::shared_ptr<grpc::Channel> to, Kind where) : kind(where), stub(std::move(to)) {
    if (kind == Kind::kInProcess) watch.emplace(&stub);
  }
  // Whether calls may be created at all.
  bool is_serving() const { return !watch.has_value() || watch->is_serving(); }

  const Kind kind;
  grpc::GenericStub stub;
  std::optional<ServerWatch> watch;
  std::optional<CallInfoWriter> call_info;  // if handlers are to be told
  // Descriptors that live as long as the methods; may be null.
  std::shared_ptr<const google::protobuf::DescriptorPool> pool;
};

// Carries the calls of one method over a gRPC channel as byte buffers: the channel route. Binary messages pass
// untouched, others are turned into binary and back by the method's types.
class ChannelMethod final : public server::MethodHandler {
 public:
  // `path` is what the server behind the channel calls the method; the descriptor's pool outlives the object.
  ChannelMethod(std::shared_ptr<ChannelTarget> target, const google::protobuf::MethodDescriptor& method,
                std::string path);

  server::CallHandler* Start(server::Responder* responder) override;

  grpc::GenericStub& stub() const { return target_->stub; }
  const std::string& path() const { return path_; }
  StreamType stream_type() const { return stream_type_; }

  // Puts the caller's metadata and deadline, and what the front end adds to them, on the context.
  void FillContext(const server::Responder& call, grpc::ClientContext* context) const;

  // Between the caller's codec and protobuf's wire format. Errors are the ones to answer with.
  Error DecodeRequest(const codec::Codec& codec, Payload message, grpc::ByteBuffer* out) const;
  Error EncodeResponse(const codec::Codec& codec, const grpc::ByteBuffer& message, Payload* out) const;

 private:
  std::shared_ptr<ChannelTarget> target_;
  const google::protobuf::Descriptor* input_type_;
  const google::protobuf::Descriptor* output_type_;
  std::string path_;
  StreamType stream_type_;
};

StreamType StreamTypeOf(const google::protobuf::MethodDescriptor& method);
// Whether its .proto says so, which permits GET.
bool HasNoSideEffects(const google::protobuf::MethodDescriptor& method);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CHANNEL_METHOD_H_
