#ifndef CONNECTRPC_SRC_CLIENT_MESSAGE_CODEC_H_
#define CONNECTRPC_SRC_CLIENT_MESSAGE_CODEC_H_

#include <string_view>

#include "connectrpc/call_options.h"
#include "connectrpc/error.h"
#include "connectrpc/payload.h"
#include "connectrpc/response_slot.h"

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

// Decodes a response to where it belongs. A view takes over owned bytes, which leaves `*encoded` empty, and copies
// borrowed ones. Bytes that are no such message: internal, naming the type, and for views what is wrong with which
// field; resource_exhausted where a view meets a limit of views::ParseOptions.
[[nodiscard]] Error DecodeResponse(MessageCodec codec, Payload* encoded, const ResponseSlot& response);
// Likewise, and `*encoded` can be decoded again, unless this fails.
[[nodiscard]] Error DecodeKeptResponse(MessageCodec codec, Payload* encoded, const ResponseSlot& response);
// Leaves the empty message.
void ClearResponse(const ResponseSlot& response);

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_MESSAGE_CODEC_H_
