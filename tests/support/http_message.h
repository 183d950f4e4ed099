#ifndef CONNECTRPC_TESTS_SUPPORT_HTTP_MESSAGE_H_
#define CONNECTRPC_TESTS_SUPPORT_HTTP_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace connectrpc::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

// The values of `name`, joined by ", "; nothing if there is none.
inline std::optional<std::string> Find(const Fields& fields, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [key, value] : fields) {
    if (key != name) continue;
    found = found.has_value() ? *found + ", " + value : value;
  }
  return found;
}

struct HttpRequest {
  std::string method = "POST";
  std::string target;
  std::string scheme = "http";  // HTTP/2 only
  Fields headers;               // sent as they are, whatever bytes they hold
  std::string body;
  bool open = false;  // more of the body follows
};

struct HttpResponse {
  int status = 0;  // 0: there was none
  Fields headers;  // lower-case names
  std::string body;
  Fields trailers;
  bool complete = false;               // the end arrived
  std::optional<uint32_t> reset_code;  // HTTP/2: RST_STREAM came
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_HTTP_MESSAGE_H_
