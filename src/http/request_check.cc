#include "http/request_check.h"

#include "wire/metadata.h"
#include "wire/text.h"

namespace connectrpc::http {
namespace {

// Visible ASCII, which excludes the spaces between the parts of a request line.
bool IsVisible(std::string_view text) {
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return false;
  }
  return true;
}

bool HasUpperCase(std::string_view text) {
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') return true;
  }
  return false;
}

}  // namespace

std::string_view RequestFault(const wire::RequestHead& request) {
  // CONNECT would make a tunnel of the connection or stream, and its target is no path.
  if (!wire::IsToken(request.method) || request.method == "CONNECT") return "the request's method is not valid";
  if (request.target.empty() || !IsVisible(request.target) || request.target.find('#') != std::string::npos) {
    return "the request's target is not valid";
  }
  if (request.authority.empty() || !IsVisible(request.authority)) return "the request's authority is not valid";
  if (!IsVisible(request.scheme)) return "the request's scheme is not valid";
  if (!AreFieldsValid(request.headers)) return "a header field of the request is not valid";
  return {};
}

bool AreFieldsValid(const HeaderList& fields) {
  for (const HeaderField field : fields) {
    if (!wire::IsToken(field.name) || HasUpperCase(field.name) || !wire::IsValidHttpValue(field.value)) return false;
  }
  return true;
}

}  // namespace connectrpc::http
