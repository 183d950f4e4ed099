#ifndef CONNECTRPC_INTEROP_DIRECT_MESSAGE_H_
#define CONNECTRPC_INTEROP_DIRECT_MESSAGE_H_

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <string>

#include "codec/codec.h"
#include "connectrpc/error.h"
#include "connectrpc/interop/direct.h"
#include "connectrpc/payload.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// An arena that is kept from call to call: messages that fit into its block cost no allocation but for what their
// fields hold.
template <size_t kBlockSize>
class CallArena final {
 public:
  CallArena() : arena_(Options(block_)) {}

  google::protobuf::Arena* get() { return &arena_; }
  // The messages of the last call are gone.
  void Reset() { arena_.Reset(); }

 private:
  static google::protobuf::ArenaOptions Options(char* block) {
    google::protobuf::ArenaOptions options;
    options.initial_block = block;
    options.initial_block_size = kBlockSize;
    return options;
  }

  alignas(std::max_align_t) char block_[kBlockSize];
  google::protobuf::Arena arena_;
};

// A message type as direct calls need it.
struct DirectType {
  MessageType message;
  // Null where none is linked (lite builds): codecs other than protobuf's own are then refused.
  const google::protobuf::Descriptor* descriptor = nullptr;
};

// Reads a message in the caller's codec. The error is the one to answer with.
[[nodiscard]] Error DecodeMessage(const codec::Codec& codec, const DirectType& type, Payload bytes, void* message);

// A handler's message on its way to the caller.
class DirectAnswer final : private server::MessageSource {
 public:
  // Everything that can go wrong goes wrong here; the error is the one to answer with. `message` stays until Send.
  [[nodiscard]] Error Prepare(const codec::Codec& codec, const DirectType& type, const void* message);
  // Once. A binary message is serialised straight into the output.
  SendResult Send(server::Responder* responder);
  // Of the message in binary form, once prepared.
  size_t binary_size() const { return size_; }

 private:
  size_t size() const override { return size_; }
  void WriteTo(char* target) const override { type_->message.write(message_, target); }

  const DirectType* type_ = nullptr;
  const void* message_ = nullptr;
  size_t size_ = 0;
  bool encoded_ = false;
  std::string text_;  // where encoded_
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_MESSAGE_H_
