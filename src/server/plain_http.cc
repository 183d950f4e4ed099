#include "server/plain_http.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/connect_query.h"
#include "wire/metadata.h"

namespace connectrpc::server {
namespace {

// What frames a message, or belongs to one connection, is the server's to say (RFC 9110 section 7.6.1).
constexpr std::array<std::string_view, 8> kNotTheHandlers = {
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"};

HttpResponse Broken() {
  HttpResponse response;
  response.status = 500;
  return response;
}

// What a handler throws is not for the peer to read.
HttpResponse Call(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (...) {
    return Broken();
  }
}

// False for a response that must not go out: it could end its own head.
bool IsSendable(const HttpResponse& response) {
  if (response.status < 200 || response.status > 599) return false;
  return std::all_of(response.headers.begin(), response.headers.end(), [](HeaderField field) {
    return wire::IsValidMetadataName(field.name) && wire::IsValidHttpValue(field.value);
  });
}

}  // namespace

bool PlainExchange::Append(std::string_view bytes, size_t max_bytes) {
  if (bytes.size() > max_bytes - body_.size()) return false;
  body_.append(bytes);
  return true;
}

void PlainExchange::Answer(const wire::RequestHead& request, std::string_view peer, wire::ResponseHead* response,
                           wire::OutgoingBody* body) {
  const wire::Target target = wire::SplitTarget(request.target);
  HttpResponse answer =
      Call(*handler_, HttpRequest{request.method, target.path, target.query, request.headers, body_, peer});
  if (!IsSendable(answer)) answer = Broken();
  response->Clear();
  response->status = answer.status;
  for (HeaderField field : answer.headers) {
    if (std::find(kNotTheHandlers.begin(), kNotTheHandlers.end(), field.name) != kNotTheHandlers.end()) continue;
    response->headers.Add(field.name, field.value);
  }
  const bool has_body = request.method != "HEAD" && answer.status != 204 && answer.status != 304;
  if (has_body) body->queue.Append(Payload::Own(std::move(answer.body)));
  body->ended = true;
}

void PlainExchange::Clear() {
  handler_ = nullptr;
  body_.clear();
  body_.shrink_to_fit();
}

}  // namespace connectrpc::server
