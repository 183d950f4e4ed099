#include "interop/direct_message.h"

#include <climits>
#include <utility>

namespace connectrpc::interop {
namespace {

// protobuf counts bytes in an int.
constexpr size_t kMaxMessage = INT_MAX;

Error NoDescriptor(const codec::Codec& codec) {
  return Error(Code::kUnimplemented,
               "codec " + std::string(codec.name()) + " needs descriptors, which this method's messages have not");
}

}  // namespace

Error DecodeMessage(const codec::Codec& codec, const DirectType& type, Payload bytes, void* message) {
  if (!codec.is_binary()) {
    if (type.descriptor == nullptr) return NoDescriptor(codec);
    std::string binary;
    std::string reason;
    if (!codec.ToBinary(*type.descriptor, bytes.view(), &binary, &reason)) {
      return Error(Code::kInvalidArgument, "cannot decode request: " + reason);
    }
    bytes = Payload::Own(std::move(binary));
  }
  if (bytes.size() > kMaxMessage) return Error(Code::kResourceExhausted, "request is larger than 2 GiB");
  return type.message.parse(std::move(bytes), message);
}

Error DirectAnswer::Prepare(const codec::Codec& codec, const DirectType& type, const void* message) {
  size_ = type.message.byte_size(message);
  if (size_ > kMaxMessage) return Error(Code::kInternal, "cannot encode response: it is larger than 2 GiB");
  type_ = &type;
  message_ = message;
  encoded_ = !codec.is_binary();
  if (!encoded_) return Error();

  if (type.descriptor == nullptr) return NoDescriptor(codec);
  std::string binary(size_, '\0');
  WriteTo(binary.data());
  std::string reason;
  if (!codec.FromBinary(*type.descriptor, binary, &text_, &reason)) {
    return Error(Code::kInternal, "cannot encode response: " + reason);
  }
  return Error();
}

SendResult DirectAnswer::Send(server::Responder* responder) {
  if (encoded_) return responder->SendMessage(Payload::Own(std::move(text_)));
  return responder->SendMessage(static_cast<const server::MessageSource&>(*this));
}

}  // namespace connectrpc::interop
