#ifndef CONNECTRPC_SRC_TRANSPORT_REPLAY_BUFFER_H_
#define CONNECTRPC_SRC_TRANSPORT_REPLAY_BUFFER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "connectrpc/payload.h"

namespace connectrpc::transport {

// The request messages of a call, for the case that they have to be sent again.
class ReplayBuffer final {
 public:
  // Copies a borrowed message.
  void Add(Payload message);
  size_t size() const { return messages_.size(); }
  // Of all messages.
  size_t bytes() const { return bytes_; }

  // A message to be handed on; good for as long as whoever gets it keeps it. Short ones are borrowed, and good until
  // the buffer changes.
  Payload Get(size_t index) const;
  void Clear();

 private:
  // Short messages are copied on their way anyway; long ones are shared with the output that carries them.
  struct Message {
    Payload own;
    std::shared_ptr<const Payload> shared;
  };

  std::vector<Message> messages_;
  size_t bytes_ = 0;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_REPLAY_BUFFER_H_
