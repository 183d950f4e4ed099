#include "connectrpc/error.h"

#include <gtest/gtest.h>

namespace connectrpc {
namespace {

TEST(Error, DefaultIsSuccess) {
  const Error error;
  EXPECT_TRUE(error.ok());
  EXPECT_EQ(error.code, Code::kOk);
  EXPECT_TRUE(error.message.empty());
  EXPECT_TRUE(error.details.empty());
  EXPECT_TRUE(error.metadata.empty());
}

TEST(Error, HoldsCodeAndMessage) {
  const Error error(Code::kNotFound, "no such page");
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_EQ(error.message, "no such page");
}

}  // namespace
}  // namespace connectrpc
