#include "client/message_codec.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <climits>
#include <memory>
#include <string>
#include <utility>

#include "codec/codec.h"
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

Error CannotDecode(const MessageLite& message, std::string_view reason) {
  return Error(Code::kInternal,
               std::string("cannot decode ").append(message.GetTypeName()).append(": ").append(reason));
}

Error NoJson(const MessageLite& message) {
  return Error(Code::kInvalidArgument,
               std::string("codec \"json\" needs descriptors, which ").append(message.GetTypeName()) +
                   " (optimize_for = LITE_RUNTIME) has not");
}

// Not by protobuf's own check on the way, which would write to the log what a server causes.
std::string MissingFields(const MessageLite& message) {
  return message.IsInitialized() ? std::string() : "missing required fields: " + message.InitializationErrorString();
}

Error ParseBinary(std::string_view binary, MessageLite* message) {
  if (binary.size() > INT_MAX) return CannotDecode(*message, "2 GiB or more");
  if (!message->ParsePartialFromArray(binary.data(), static_cast<int>(binary.size()))) {
    return CannotDecode(*message, "invalid bytes");
  }
  const std::string missing = MissingFields(*message);
  return missing.empty() ? Error() : CannotDecode(*message, missing);
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
  if (codec == MessageCodec::kJson && full == nullptr) return NoJson(message);
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
  if (full == nullptr) return NoJson(*message);
  std::string binary, error;
  if (!JsonCodec().ToBinary(*full->GetDescriptor(), encoded, &binary, &error)) return CannotDecode(*message, error);
  return ParseBinary(binary, message);
}

}  // namespace connectrpc::client
