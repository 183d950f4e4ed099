#include "client/message_codec.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <climits>
#include <memory>
#include <string>
#include <utility>

#include "codec/codec.h"
#include "connectrpc/owned_view.h"
#include "wire/metadata.h"

namespace connectrpc::client {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageLite;

// What it keeps are facts about types that are linked into the program, worked out once, as protobuf keeps its own.
const codec::Codec& JsonCodec() {
  static const codec::Codec* const json = codec::NewJsonCodec({}).release();
  return *json;
}

Error CannotEncode(const MessageLite& message, std::string_view reason) {
  return Error(Code::kInternal,
               std::string("cannot encode ").append(message.GetTypeName()).append(": ").append(reason));
}

Error CannotDecode(std::string_view type, std::string_view reason, Code code = Code::kInternal) {
  return Error(code, std::string("cannot decode ").append(type).append(": ").append(reason));
}

Error NoJson(std::string_view type) {
  return Error(Code::kInvalidArgument, std::string("codec \"json\" needs descriptors, which ").append(type) +
                                           " (optimize_for = LITE_RUNTIME) has not");
}

MessageLite* MessageOf(const ResponseSlot& response) {
  return static_cast<MessageLite*>(response.target);
}

// Not by protobuf's own check on the way, which would write to the log what a server causes.
std::string MissingFields(const MessageLite& message) {
  return message.IsInitialized() ? std::string() : "missing required fields: " + message.InitializationErrorString();
}

Error ParseBinary(std::string_view binary, MessageLite* message) {
  if (binary.size() > INT_MAX) return CannotDecode(message->GetTypeName(), "2 GiB or more");
  if (!message->ParsePartialFromArray(binary.data(), static_cast<int>(binary.size()))) {
    return CannotDecode(message->GetTypeName(), "invalid bytes");
  }
  const std::string missing = MissingFields(*message);
  return missing.empty() ? Error() : CannotDecode(message->GetTypeName(), missing);
}

Error ParseView(Payload binary, const ResponseSlot& response) {
  views::ParseError error;
  if (response.view->parse(response.target, std::move(binary), &error)) return {};
  // The argument that is invalid is not the caller's.
  return CannotDecode(response.view->message_name, error.ToString(),
                      error.is_limit() ? Code::kResourceExhausted : Code::kInternal);
}

Error DecodeJsonView(std::string_view encoded, const ResponseSlot& response) {
  const ViewType& type = *response.view;
  if (type.descriptor == nullptr) return NoJson(type.message_name);
  std::string binary, error;
  if (!JsonCodec().ToBinary(*type.descriptor(), encoded, &binary, &error)) {
    return CannotDecode(type.message_name, error);
  }
  return ParseView(Payload::Own(std::move(binary)), response);
}

}  // namespace

Error ChooseCodec(const CallOptions& options, const CallOptions& defaults, MessageCodec* codec) {
  *codec = MessageCodec::kProto;
  const std::optional<std::string>& name = options.codec ? options.codec : defaults.codec;
  if (!name || *name == "proto") return Error();
  if (*name != "json") return Error(Code::kInvalidArgument, "unknown codec \"" + wire::Quoted(*name) + "\"");
  *codec = MessageCodec::kJson;
  return Error();
}

Error EncodeMessage(MessageCodec codec, const MessageLite& message, Payload* encoded) {
  const Message* const full = codec == MessageCodec::kJson ? dynamic_cast<const Message*>(&message) : nullptr;
  if (codec == MessageCodec::kJson && full == nullptr) return NoJson(message.GetTypeName());
  const std::string missing = MissingFields(message);
  if (!missing.empty()) return CannotEncode(message, missing);
  std::string bytes;
  if (!message.SerializePartialToString(&bytes)) return CannotEncode(message, "2 GiB or more");
  if (full != nullptr) {
    std::string json, error;
    if (!JsonCodec().FromBinary(*full->GetDescriptor(), bytes, &json, &error)) return CannotEncode(message, error);
    bytes = std::move(json);
  }
  *encoded = Payload::Own(std::move(bytes));
  return Error();
}

Error DecodeMessage(MessageCodec codec, std::string_view encoded, MessageLite* message) {
  if (codec == MessageCodec::kProto) return ParseBinary(encoded, message);
  const Message* const full = dynamic_cast<const Message*>(message);
  if (full == nullptr) return NoJson(message->GetTypeName());
  std::string binary, error;
  if (!JsonCodec().ToBinary(*full->GetDescriptor(), encoded, &binary, &error)) {
    return CannotDecode(message->GetTypeName(), error);
  }
  return ParseBinary(binary, message);
}

Error DecodeResponse(MessageCodec codec, Payload* encoded, const ResponseSlot& response) {
  if (response.view == nullptr) return DecodeMessage(codec, encoded->view(), MessageOf(response));
  if (codec == MessageCodec::kJson) return DecodeJsonView(encoded->view(), response);
  return ParseView(std::move(*encoded), response);
}

Error DecodeKeptResponse(MessageCodec codec, Payload* encoded, const ResponseSlot& response) {
  Error error = DecodeResponse(codec, encoded, response);
  const bool taken_over = response.view != nullptr && codec == MessageCodec::kProto;
  if (error.ok() && taken_over) *encoded = response.view->share(response.target);
  return error;
}

void ClearResponse(const ResponseSlot& response) {
  if (response.view == nullptr) {
    MessageOf(response)->Clear();
  } else {
    response.view->clear(response.target);
  }
}

}  // namespace connectrpc::client
