#include "protocol/response_faults.h"

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

}  // namespace

Error CheckResponseType(const RequestMeta& request, const HeaderList& headers) {
  std::optional<std::string_view> text = headers.Find("content-type");
  if (!text.has_value()) return Error();
  const wire::Framing expected =
      request.framing == wire::Framing::kConnectGet ? wire::Framing::kConnectUnary : request.framing;
  std::optional<wire::ContentType> type = wire::ParseContentType(*text);
  Code code = Code::kUnknown;
  if (type.has_value() && type->framing == expected) {
    if (type->codec == request.codec) return Error();
    if (expected != wire::Framing::kConnectUnary || NamesUnaryCodec(type->codec)) code = Code::kInternal;
  }
  return Error(code, "invalid content-type \"" + wire::Quoted(*text) + "\", expected \"" +
                         wire::FormatContentType(request.framing, request.codec) + "\"");
}

Error ErrorFromHttpStatus(int status) {
  return Error(CodeFromHttpStatus(status), "HTTP status " + std::to_string(status));
}

RpcEnd BrokenResponse(std::string_view what) {
  RpcEnd end;
  end.error = Error(Code::kInternal, std::string(what));
  return end;
}

}  // namespace connectrpc::protocol
