#ifndef CONNECTRPC_SRC_CODEC_MESSAGE_DEPTH_H_
#define CONNECTRPC_SRC_CODEC_MESSAGE_DEPTH_H_

namespace connectrpc::codec {

// How deep messages, groups, entries of maps and what is in an Any may lie inside one another: what protobuf's own
// parser takes.
inline constexpr int kMaxMessageDepth = 100;

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_MESSAGE_DEPTH_H_
