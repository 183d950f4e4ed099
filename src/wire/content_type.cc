#include "wire/content_type.h"

#include "wire/text.h"

namespace connectrpc::wire {
namespace {

constexpr std::string_view kApplication = "application/";
constexpr std::string_view kDefaultCodec = "proto";
constexpr size_t kLongestPrefix = std::string_view("application/grpc-web-text+").size();

// What nearly all calls use, as we write it.
struct CommonType {
  std::string_view text;
  Framing framing;
  std::string_view codec;
};

constexpr CommonType kCommonTypes[] = {
    {"application/grpc", Framing::kGrpc, "proto"},
    {"application/proto", Framing::kConnectUnary, "proto"},
    {"application/json", Framing::kConnectUnary, "json"},
    {"application/grpc-web+proto", Framing::kGrpcWeb, "proto"},
    {"application/connect+proto", Framing::kConnectStream, "proto"},
    {"application/connect+json", Framing::kConnectStream, "json"},
};

bool ConsumePrefixIgnoreCase(std::string_view prefix, std::string_view* text) {
  if (!EqualsIgnoreCase(text->substr(0, prefix.size()), prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

std::optional<ContentType> WithCodec(Framing framing, std::string_view codec) {
  if (codec.empty()) return std::nullopt;
  ContentType type{framing, std::string(codec)};
  LowerCase(&type.codec);
  return type;
}

// `suffix` follows "grpc", "grpc-web" or "grpc-web-text": nothing, or '+' and a codec.
std::optional<ContentType> WithSuffix(Framing framing, std::string_view suffix) {
  if (suffix.empty()) return WithCodec(framing, kDefaultCodec);
  if (suffix.front() != '+') return std::nullopt;
  return WithCodec(framing, suffix.substr(1));
}

}  // namespace

std::optional<ContentType> ParseContentType(std::string_view text) {
  for (const CommonType& common : kCommonTypes) {
    if (text == common.text) return ContentType{common.framing, std::string(common.codec)};
  }
  text = TrimSpace(text.substr(0, text.find(';')));
  if (!ConsumePrefixIgnoreCase(kApplication, &text)) return std::nullopt;
  if (ConsumePrefixIgnoreCase("grpc-web-text", &text)) return WithSuffix(Framing::kGrpcWebText, text);
  if (ConsumePrefixIgnoreCase("grpc-web", &text)) return WithSuffix(Framing::kGrpcWeb, text);
  if (ConsumePrefixIgnoreCase("grpc", &text)) return WithSuffix(Framing::kGrpc, text);
  if (ConsumePrefixIgnoreCase("connect+", &text)) return WithCodec(Framing::kConnectStream, text);
  return WithCodec(Framing::kConnectUnary, text);
}

std::string FormatContentType(Framing framing, std::string_view codec) {
  std::string type;
  type.reserve(kLongestPrefix + codec.size());
  type.append(kApplication);
  switch (framing) {
    case Framing::kConnectUnary:
    case Framing::kConnectGet:
      break;
    case Framing::kConnectStream:
      type.append("connect+");
      break;
    case Framing::kGrpc:
      // Google's front ends know only the bare type for protobuf.
      if (codec == kDefaultCodec) {
        type.append("grpc");
        return type;
      }
      type.append("grpc+");
      break;
    case Framing::kGrpcWeb:
      type.append("grpc-web+");
      break;
    case Framing::kGrpcWebText:
      type.append("grpc-web-text+");
      break;
  }
  type.append(codec);
  return type;
}

std::string_view ContentTypeText(Framing framing, std::string_view codec, std::string* scratch) {
  if (framing == Framing::kConnectGet) framing = Framing::kConnectUnary;
  for (const CommonType& common : kCommonTypes) {
    if (framing == common.framing && codec == common.codec) return common.text;
  }
  *scratch = FormatContentType(framing, codec);
  return *scratch;
}

}  // namespace connectrpc::wire
