#ifndef CONNECTRPC_INTEROP_VIEW_MESSAGE_H_
#define CONNECTRPC_INTEROP_VIEW_MESSAGE_H_

#include <grpcpp/impl/serialization_traits.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include "connectrpc/interop/grpc_status.h"
#include "connectrpc/owned_view.h"
#include "connectrpc/payload.h"

namespace connectrpc::interop {

// A message that gRPC has received. Its buffer is empty once this object is gone, as gRPC demands.
class ReceivedMessage final {
 public:
  explicit ReceivedMessage(grpc::ByteBuffer* buffer) : buffer_(buffer) {}
  ReceivedMessage(const ReceivedMessage&) = delete;
  ReceivedMessage& operator=(const ReceivedMessage&) = delete;
  ~ReceivedMessage() { buffer_->Clear(); }

  // Large ones are shared with gRPC, joined by a copy where they lie in several pieces; small ones are borrowed from
  // this object.
  Payload Bytes();

 private:
  grpc::ByteBuffer* const buffer_;
  grpc::Slice slice_;
};

// A buffer for gRPC to send: shares the bytes where they are many and owned, otherwise copies them.
grpc::ByteBuffer ToSendBuffer(Payload message);

}  // namespace connectrpc::interop

// With it gRPC takes an OwnedView wherever it takes a message: in handlers, stubs, reactors and streams.
template <class View>
class grpc::SerializationTraits<connectrpc::OwnedView<View>, void> {
 public:
  static grpc::Status Deserialize(grpc::ByteBuffer* buffer, connectrpc::OwnedView<View>* message) {
    if (!buffer->Valid()) return grpc::Status(grpc::StatusCode::INTERNAL, "No payload");
    connectrpc::interop::ReceivedMessage received(buffer);
    connectrpc::views::ParseError error;
    if (message->Parse(received.Bytes(), {}, &error)) return grpc::Status();
    return connectrpc::ToGrpcStatus(connectrpc::ToError(error));
  }
  // The bytes as they came.
  static grpc::Status Serialize(const connectrpc::OwnedView<View>& message, grpc::ByteBuffer* buffer,
                                bool* own_buffer) {
    *buffer = connectrpc::interop::ToSendBuffer(message.SharePiece(message.bytes()));
    *own_buffer = true;
    return grpc::Status();
  }
};

#endif  // CONNECTRPC_INTEROP_VIEW_MESSAGE_H_
