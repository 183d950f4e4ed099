#ifndef EXAMPLES_PRODUCTION_BEARER_AUTH_H_
#define EXAMPLES_PRODUCTION_BEARER_AUTH_H_

#include <memory>
#include <string>
#include <utility>

#include "connectrpc/interceptor.h"

// Lets only callers in who know a token, and tells handlers who they are. Runs before any byte of a call's body is
// read.
// snippet: interceptor
class BearerAuth final : public connectrpc::Interceptor {
 public:
  BearerAuth(std::string token, std::string user)
      : authorization_("Bearer " + std::move(token)), user_(std::move(user)) {}

  connectrpc::Error OnHead(const connectrpc::CallHead&, connectrpc::HeaderList* metadata,
                           std::unique_ptr<connectrpc::CallInterceptor>*) override {
    if (!Equal(metadata->Find("authorization").value_or(""), authorization_)) {
      return connectrpc::Error(connectrpc::Code::kUnauthenticated, "a bearer token is needed");
    }
    metadata->Add("x-user", user_);
    return connectrpc::Error();
  }

 private:
  // In a time that says nothing about where the difference is.
  static bool Equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned char difference = 0;
    for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
  }

  const std::string authorization_;
  const std::string user_;
};
// end snippet

#endif  // EXAMPLES_PRODUCTION_BEARER_AUTH_H_
