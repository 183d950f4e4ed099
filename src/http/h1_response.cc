#include "http/h1_response.h"

namespace connectrpc::http {
namespace {

// Bytes that would end the field, or the head, for some reader.
bool HasLineBreak(std::string_view text) {
  for (const char c : text) {
    if (c == '\r' || c == '\n' || c == '\0') return true;
  }
  return false;
}

}  // namespace

void AppendResponseHead(const wire::ResponseHead& head, const H1ResponseControl& control, std::string* out) {
  const bool is_final = head.status >= 200 && head.status <= 599;
  const int status = is_final ? head.status : 500;
  out->append("HTTP/1.1 ");
  AppendNumber(static_cast<uint64_t>(status), 10, out);
  out->append(" ").append(ReasonPhrase(status)).append("\r\n");
  for (const HeaderField field : head.headers) {
    if (IsFramingName(field.name) || HasLineBreak(field.name) || HasLineBreak(field.value)) continue;
    AppendField(field.name, field.value, out);
  }
  if (!control.date.empty() && !head.headers.Find("date").has_value()) AppendField("date", control.date, out);
  switch (control.length) {
    case H1ResponseControl::Length::kKnown:
      out->append("content-length: ");
      AppendNumber(control.content_length, 10, out);
      out->append("\r\n");
      break;
    case H1ResponseControl::Length::kChunked:
      out->append("transfer-encoding: chunked\r\n");
      break;
    case H1ResponseControl::Length::kNone:
    case H1ResponseControl::Length::kUntilClose:
      break;
  }
  switch (control.persistence) {
    case H1ResponseControl::Persistence::kDefault:
      break;
    case H1ResponseControl::Persistence::kKeepAlive:
      out->append("connection: keep-alive\r\n");
      break;
    case H1ResponseControl::Persistence::kClose:
      out->append("connection: close\r\n");
      break;
  }
  out->append("\r\n");
}

void AppendErrorResponse(int status, std::string_view date, std::string* out) {
  std::string text(ReasonPhrase(status));
  text += '\n';
  wire::ResponseHead head;
  head.status = status;
  head.headers.Add("content-type", "text/plain; charset=utf-8");
  H1ResponseControl control;
  control.length = H1ResponseControl::Length::kKnown;
  control.content_length = text.size();
  control.persistence = H1ResponseControl::Persistence::kClose;
  control.date = date;
  AppendResponseHead(head, control, out);
  out->append(text);
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return {};
  }
}

}  // namespace connectrpc::http
