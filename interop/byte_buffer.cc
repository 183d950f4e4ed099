#include "interop/byte_buffer.h"

#include <grpcpp/support/slice.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/output_queue.h"

namespace connectrpc::interop {
namespace {

std::string_view View(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

}  // namespace

grpc::ByteBuffer ToByteBuffer(Payload payload) {
  if (!payload.owned() || payload.size() < kAdoptThreshold) {
    grpc::Slice slice(payload.view().data(), payload.size());
    return grpc::ByteBuffer(&slice, 1);
  }
  auto* owned = new Payload(std::move(payload));
  std::string_view bytes = owned->view();
  grpc::Slice slice(
      const_cast<char*>(bytes.data()), bytes.size(), [](void* p) { delete static_cast<Payload*>(p); }, owned);
  return grpc::ByteBuffer(&slice, 1);
}

Payload ToPayload(const grpc::ByteBuffer& buffer) {
  if (!buffer.Valid()) return {};
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok()) {
    std::vector<grpc::Slice> slices;
    std::string joined;
    joined.reserve(buffer.Length());
    if (buffer.Dump(&slices).ok()) {
      for (const grpc::Slice& part : slices) joined.append(View(part));
    }
    return Payload::Own(std::move(joined));
  }
  if (slice.size() < wire::OutputQueue::kReferenceThreshold) return Payload::Own(std::string(View(slice)));
  auto* owner = new grpc::Slice(std::move(slice));
  return Payload::Adopt(
      View(*owner), [](void* p) { delete static_cast<grpc::Slice*>(p); }, owner);
}

}  // namespace connectrpc::interop
