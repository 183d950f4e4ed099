#include "protocol/response_faults.h"

#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "wire/content_type.h"
#include "wire/metadata.h"

namespace connectrpc::protocol {
namespace {

// Any "application/..." reads as the type of a Connect unary message: only these two are taken for another codec of it.
bool NamesUnaryCodec(std::string_view codec) {
  return codec == "proto" || codec == "json";
}

// "application/xml" reads as Connect unary, too.
bool NamesProtocol(wire::Framing framing) {
  return framing != wire::Framing::kConnectUnary;
}

struct ResetRow {
  std::string_view name;
  Code code;
};

// Indexed by HTTP/2's error code.
constexpr ResetRow kResets[] = {
    {"NO_ERROR", Code::kInternal},
    {"PROTOCOL_ERROR", Code::kInternal},
    {"INTERNAL_ERROR", Code::kInternal},
    {"FLOW_CONTROL_ERROR", Code::kInternal},
    {"SETTINGS_TIMEOUT", Code::kInternal},
    {"STREAM_CLOSED", Code::kInternal},
    {"FRAME_SIZE_ERROR", Code::kInternal},
    {"REFUSED_STREAM", Code::kUnavailable},
    {"CANCEL", Code::kCanceled},
    {"COMPRESSION_ERROR", Code::kInternal},
    {"CONNECT_ERROR", Code::kInternal},
    {"ENHANCE_YOUR_CALM", Code::kResourceExhausted},
    {"INADEQUATE_SECURITY", Code::kPermissionDenied},
    {"HTTP_1_1_REQUIRED", Code::kInternal},
};

// RFC 9113 section 7: an unknown code may be treated as INTERNAL_ERROR.
ResetRow ResetRowOf(uint32_t error_code) {
  return error_code < std::size(kResets) ? kResets[error_code] : ResetRow{"", Code::kInternal};
}

}  // namespace

Error CheckResponseType(const RequestMeta& request, const HeaderList& headers) {
  std::optional<std::string_view> text = headers.Find("content-type");
  if (!text.has_value()) return Error();
  const wire::Framing expected =
      request.framing == wire::Framing::kConnectGet ? wire::Framing::kConnectUnary : request.framing;
  std::optional<wire::ContentType> type = wire::ParseContentType(*text);
  Code code = Code::kUnknown;
  std::string hint;
  if (type.has_value() && type->framing == expected) {
    if (type->codec == request.codec) return Error();
    if (expected != wire::Framing::kConnectUnary || NamesUnaryCodec(type->codec)) code = Code::kInternal;
  } else if (type.has_value() && FamilyOf(type->framing) != FamilyOf(expected) && NamesProtocol(type->framing)) {
    hint.append(": the server speaks ").append(ProtocolName(FamilyOf(type->framing)));
  }
  return Error(code, "invalid content-type \"" + wire::Quoted(*text) + "\", expected \"" +
                         wire::FormatContentType(request.framing, request.codec) + "\"" + hint);
}

Error ErrorFromHttpStatus(int status) {
  Error error(CodeFromHttpStatus(status), "HTTP status " + std::to_string(status));
  if (status >= 300 && status < 400 && status != 304) error.message.append(": redirects are not followed");
  return error;
}

Error ErrorFromReset(uint32_t error_code, std::string_view fault) {
  const ResetRow row = ResetRowOf(error_code);
  if (!fault.empty()) return Error(row.code, "response broke off: " + std::string(fault));
  const std::string name = row.name.empty() ? std::to_string(error_code) : std::string(row.name);
  return Error(row.code, "server reset the stream: " + name);
}

RpcEnd TooMuchMetadata() {
  RpcEnd end;
  end.error = Error(Code::kResourceExhausted, "too much metadata at the end of the response");
  return end;
}

RpcEnd BrokenResponse(std::string_view what) {
  RpcEnd end;
  end.error = Error(Code::kInternal, std::string(what));
  return end;
}

}  // namespace connectrpc::protocol
