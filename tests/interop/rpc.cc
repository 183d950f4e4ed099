#include "interop/rpc.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/escaping.h"

namespace connectrpc::test {
namespace {

using google::protobuf::Struct;

constexpr const char* kCodeNames[] = {
    "ok",        "canceled",       "unknown",           "invalid_argument",   "deadline_exceeded",
    "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
    "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
    "data_loss", "unauthenticated"};

bool IsBinary(std::string_view name) {
  return name.size() > 4 && name.substr(name.size() - 4) == "-bin";
}

std::string FromBase64(std::string_view text) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(absl::string_view(text.data(), text.size()), &bytes)) << text;
  return bytes;
}

// Fields of HTTP as metadata.
Fields Metadata(const Fields& fields) {
  Fields metadata;
  for (const auto& [name, value] : fields) metadata.emplace_back(name, IsBinary(name) ? FromBase64(value) : value);
  return metadata;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::strtoul(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string QueryEscape(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_') {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

echo::EchoResponse DecodeMessage(std::string_view bytes, Codec codec) {
  echo::EchoResponse response;
  if (codec == Codec::kProto) {
    EXPECT_TRUE(response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  } else {
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(std::string(bytes), &response).ok()) << bytes;
  }
  return response;
}

void DecodeConnectError(const Struct& error, CallResult* result) {
  const auto text = [](const Struct& from, const char* name) {
    const auto it = from.fields().find(name);
    return it == from.fields().end() ? std::string() : it->second.string_value();
  };
  const std::string name = text(error, "code");
  for (int code = 1; code <= 16; ++code) {
    if (name == kCodeNames[code]) result->code = code;
  }
  EXPECT_NE(result->code, -1) << "error without a code: " << error.ShortDebugString();
  result->message = text(error, "message");
  const auto details = error.fields().find("details");
  if (details == error.fields().end()) return;
  for (const auto& detail : details->second.list_value().values()) {
    result->details.push_back({text(detail.struct_value(), "type"), FromBase64(text(detail.struct_value(), "value"))});
  }
}

Struct DecodeJson(std::string_view json) {
  Struct parsed;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(std::string(json), &parsed).ok()) << json;
  return parsed;
}

void DecodeConnectEnd(std::string_view payload, CallResult* result) {
  const Struct end = DecodeJson(payload);
  result->code = 0;
  if (const auto error = end.fields().find("error"); error != end.fields().end()) {
    result->code = -1;
    DecodeConnectError(error->second.struct_value(), result);
  }
  const auto metadata = end.fields().find("metadata");
  if (metadata == end.fields().end()) return;
  Fields fields;
  for (const auto& [name, values] : metadata->second.struct_value().fields()) {
    for (const auto& value : values.list_value().values()) fields.emplace_back(name, value.string_value());
  }
  result->trailers = Metadata(fields);
}

void DecodeGrpcEnd(const Fields& fields, CallResult* result) {
  const auto status = Find(fields, "grpc-status");
  if (!status.has_value()) return;
  result->code = std::atoi(status->c_str());
  result->message = PercentDecode(Find(fields, "grpc-message").value_or(""));
  if (const auto details = Find(fields, "grpc-status-details-bin")) {
    echo::RpcStatus rpc_status;
    EXPECT_TRUE(rpc_status.ParseFromString(FromBase64(*details)));
    EXPECT_EQ(rpc_status.code(), result->code);
    for (const auto& any : rpc_status.details()) {
      result->details.push_back({any.type_url().substr(any.type_url().rfind('/') + 1), any.value()});
    }
  }
  result->trailers = Metadata(fields);
}

Fields ParseWebTrailers(std::string_view payload) {
  Fields fields;
  while (!payload.empty()) {
    const size_t end = payload.find("\r\n");
    const std::string_view line = payload.substr(0, end);
    const size_t colon = line.find(':');
    EXPECT_NE(colon, std::string_view::npos) << line;
    if (colon == std::string_view::npos) break;
    const size_t value = line.find_first_not_of(' ', colon + 1);
    fields.emplace_back(line.substr(0, colon), value == std::string_view::npos ? "" : line.substr(value));
    if (end == std::string_view::npos) break;
    payload.remove_prefix(end + 2);
  }
  return fields;
}

struct Frame {
  uint8_t flags;
  std::string_view payload;
};

std::vector<Frame> Frames(std::string_view body) {
  std::vector<Frame> frames;
  while (body.size() >= 5) {
    uint32_t size = 0;
    for (int i = 1; i <= 4; ++i) size = size << 8 | static_cast<uint8_t>(body[i]);
    if (body.size() - 5 < size) break;
    frames.push_back({static_cast<uint8_t>(body[0]), body.substr(5, size)});
    body.remove_prefix(5 + size);
  }
  return frames;
}

CallResult DecodeConnectUnary(const HttpResponse& response, Codec codec, CallResult result) {
  Fields headers;
  Fields trailers;
  for (const auto& [name, value] : response.headers) {
    if (name.compare(0, 8, "trailer-") == 0) {
      trailers.emplace_back(name.substr(8), value);
    } else {
      headers.emplace_back(name, value);
    }
  }
  result.headers = Metadata(headers);
  result.trailers = Metadata(trailers);
  if (response.status == 200) {
    result.code = 0;
    result.responses.push_back(DecodeMessage(response.body, codec));
  } else if (!response.body.empty()) {
    EXPECT_EQ(Find(response.headers, "content-type"), "application/json");
    DecodeConnectError(DecodeJson(response.body), &result);
  }
  return result;
}

}  // namespace

std::string Envelope(std::string_view bytes, uint8_t flags) {
  std::string out(1, static_cast<char>(flags));
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift & 0xff);
  return out.append(bytes);
}

std::string Encode(const google::protobuf::Message& message, Codec codec) {
  if (codec == Codec::kProto) return message.SerializeAsString();
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

Framing FramingOf(RpcProtocol protocol, const CallSpec& spec) {
  switch (protocol) {
    case RpcProtocol::kConnect:
      return spec.streams() ? Framing::kConnectStream : Framing::kConnectUnary;
    case RpcProtocol::kGrpc:
      return Framing::kGrpc;
    case RpcProtocol::kGrpcWeb:
      break;
  }
  return Framing::kGrpcWeb;
}

std::string ContentType(Framing framing, Codec codec) {
  const std::string name = codec == Codec::kProto ? "proto" : "json";
  switch (framing) {
    case Framing::kConnectUnary:
    case Framing::kConnectGet:
      return "application/" + name;
    case Framing::kConnectStream:
      return "application/connect+" + name;
    case Framing::kGrpc:
      return "application/grpc+" + name;
    case Framing::kGrpcWeb:
      break;
  }
  return "application/grpc-web+" + name;
}

HttpRequest RequestHead(const CallSpec& spec, Framing framing, Codec codec) {
  HttpRequest request;
  request.target = spec.path();
  const bool grpc = framing == Framing::kGrpc || framing == Framing::kGrpcWeb;
  if (framing != Framing::kConnectGet) request.headers.emplace_back("content-type", ContentType(framing, codec));
  if (framing == Framing::kGrpc) request.headers.emplace_back("te", "trailers");
  if (!grpc) request.headers.emplace_back("connect-protocol-version", "1");
  if (spec.timeout.has_value()) {
    const std::string ms = std::to_string(spec.timeout->count());
    request.headers.emplace_back(grpc ? "grpc-timeout" : "connect-timeout-ms", grpc ? ms + "m" : ms);
  }
  for (const auto& [name, value] : spec.metadata) {
    request.headers.emplace_back(name, IsBinary(name) ? Base64(value) : value);
  }
  return request;
}

std::string EncodeBody(const CallSpec& spec, Framing framing, Codec codec) {
  std::string body;
  for (const echo::EchoRequest& request : spec.requests) {
    const std::string message = Encode(request, codec);
    body += framing == Framing::kConnectUnary ? message : Envelope(message);
  }
  return body;
}

HttpRequest EncodeCall(const CallSpec& spec, Framing framing, Codec codec) {
  HttpRequest request = RequestHead(spec, framing, codec);
  if (framing == Framing::kConnectGet) {
    request.method = "GET";
    const std::string message = Encode(spec.requests.at(0), codec);
    request.target += codec == Codec::kJson ? "?connect=v1&encoding=json&message=" + QueryEscape(message)
                                            : "?connect=v1&encoding=proto&base64=1&message=" +
                                                  std::string(absl::WebSafeBase64Escape(message));
  } else {
    request.body = EncodeBody(spec, framing, codec);
  }
  return request;
}

CallResult DecodeResponse(const HttpResponse& response, Framing framing, Codec codec) {
  CallResult result;
  result.http_status = response.status;
  if (framing == Framing::kConnectUnary || framing == Framing::kConnectGet) {
    return DecodeConnectUnary(response, codec, std::move(result));
  }
  result.headers = Metadata(response.headers);
  if (response.status != 200) {
    // An error that precedes the call: Connect shows it as its unary calls do.
    if (framing == Framing::kConnectStream && Find(response.headers, "content-type") == "application/json") {
      DecodeConnectError(DecodeJson(response.body), &result);
    }
    return result;
  }
  bool ended = false;
  for (const Frame& frame : Frames(response.body)) {
    EXPECT_FALSE(ended) << "a frame after the end";
    if (frame.flags == 0) {
      result.responses.push_back(DecodeMessage(frame.payload, codec));
    } else if (framing == Framing::kConnectStream && frame.flags == 2) {
      DecodeConnectEnd(frame.payload, &result);
      ended = true;
    } else if (framing == Framing::kGrpcWeb && frame.flags == 0x80) {
      DecodeGrpcEnd(ParseWebTrailers(frame.payload), &result);
      ended = true;
    } else {
      ADD_FAILURE() << "unexpected frame with flags " << int{frame.flags};
    }
  }
  if (framing == Framing::kGrpc || (framing == Framing::kGrpcWeb && !ended)) {
    // With nothing but an end, that is in the head.
    DecodeGrpcEnd(response.trailers.empty() ? response.headers : response.trailers, &result);
  }
  return result;
}

std::vector<std::string> EnvelopePayloads(std::string_view body) {
  std::vector<std::string> payloads;
  for (const Frame& frame : Frames(body)) {
    if (frame.flags == 0) payloads.emplace_back(frame.payload);
  }
  return payloads;
}

}  // namespace connectrpc::test
