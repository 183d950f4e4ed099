#include "server/check_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace connectrpc::server {
namespace {

using testing::HasSubstr;

TEST(CheckOptionsTest, HandlersPool) {
  constexpr size_t kMax = 0x7fffffff;
  const struct {
    const char* name;
    size_t Limits::*limit;
  } cases[] = {
      {"max_handler_threads", &Limits::max_handler_threads},
      {"max_queued_calls", &Limits::max_queued_calls},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options;
    options.listen = {"127.0.0.1:0"};
    for (const size_t value : {size_t{0}, size_t{1}, kMax}) {
      options.limits.*c.limit = value;
      EXPECT_TRUE(CheckOptions(options).ok()) << value;
    }
    options.limits.*c.limit = kMax + 1;
    EXPECT_THAT(std::string(CheckOptions(options).message()), HasSubstr(std::string("limits.") + c.name));
  }
}

}  // namespace
}  // namespace connectrpc::server
