#ifndef CONNECTRPC_SRC_CLIENT_MESSAGE_CODEC_H_
#define CONNECTRPC_SRC_CLIENT_MESSAGE_CODEC_H_

#include <string_view>

#include "connectrpc/call_options.h"
#include "connectrpc/error.h"
#include "connectrpc/payload.h"

namespace google::protobuf {
class MessageLite;
}

// Messages of generated types as bytes of a call, in the codec that the call's options name.
namespace connectrpc::client {

enum class MessageCodec { kProto, kJson };

// The codec of a call: its own options come first, then the transport's, then "proto". invalid_argument for one that
// nobody knows.
[[nodiscard]] Error ChooseCodec(const CallOptions& options, const CallOptions& defaults, MessageCodec* codec);

// An owned payload. JSON is for full messages only: invalid_argument for a lite one. internal for what cannot be
// encoded: a required field is missing, the message is too large.
[[nodiscard]] Error EncodeMessage(MessageCodec codec, const google::protobuf::MessageLite& message, Payload* encoded);

// The inverse. Bytes that are no such message: internal, naming its type.
[[nodiscard]] Error DecodeMessage(MessageCodec codec, std::string_view encoded, google::protobuf::MessageLite* message);

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_MESSAGE_CODEC_H_
