#ifndef CONNECTRPC_SRC_WIRE_DECODE_STATUS_H_
#define CONNECTRPC_SRC_WIRE_DECODE_STATUS_H_

namespace connectrpc::wire {

// What a decoder made of its input. End of stream is never one of these: it is an event of its own.
enum class DecodeStatus {
  kDone,      // a whole item was read
  kNeedMore,  // all input was taken, the item is not complete
  kError,     // the input can never become an item
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_DECODE_STATUS_H_
