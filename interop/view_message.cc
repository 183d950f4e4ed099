#include "connectrpc/interop/view_message.h"

#include <string_view>
#include <utility>

#include "interop/byte_buffer.h"

namespace connectrpc::interop {

Payload ReceivedMessage::Bytes() {
  if (!buffer_->TrySingleSlice(&slice_).ok()) return ToPayload(*buffer_);
  const std::string_view bytes(reinterpret_cast<const char*>(slice_.begin()), slice_.size());
  if (bytes.size() < kAdoptThreshold) return Payload::Borrow(bytes);
  auto* const owner = new grpc::Slice(slice_);
  return Payload::Adopt(
      bytes, [](void* slice) { delete static_cast<grpc::Slice*>(slice); }, owner);
}

grpc::ByteBuffer ToSendBuffer(Payload message) {
  return ToByteBuffer(std::move(message));
}

}  // namespace connectrpc::interop
