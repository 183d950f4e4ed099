#include "http/h1_request.h"

#include <string_view>

#include "http/h1_output.h"

namespace connectrpc::http {
namespace {

// Host is the authority; and nobody here waits for "100 Continue".
bool IsLeftOut(std::string_view name) {
  return IsFramingName(name) || name == "host" || name == "expect";
}

}  // namespace

void AppendRequestHead(const wire::RequestHead& request, const H1RequestControl& control, std::string* out) {
  out->append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  AppendField("host", request.authority, out);
  for (const HeaderField field : request.headers) {
    if (!IsLeftOut(field.name)) AppendField(field.name, field.value, out);
  }
  switch (control.length) {
    case H1RequestControl::Length::kKnown:
      out->append("content-length: ");
      AppendNumber(control.content_length, 10, out);
      out->append("\r\n");
      break;
    case H1RequestControl::Length::kChunked:
      out->append("transfer-encoding: chunked\r\n");
      break;
    case H1RequestControl::Length::kNone:
      break;
  }
  if (control.close) out->append("connection: close\r\n");
  out->append("\r\n");
}

}  // namespace connectrpc::http
