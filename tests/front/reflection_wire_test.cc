#include "interop/front/reflection_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace connectrpc::front {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A field of bytes: number and size below 16 and 128.
std::string Field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) + bytes;
}

TEST(ReflectionWireTest, RequestsAreAsTheProtocolHasThem) {
  EXPECT_EQ(ListServicesRequest(), Field(7, "*"));
  EXPECT_EQ(FileContainingSymbolRequest("a.B"), Field(4, "a.B"));
  EXPECT_EQ(FileByFilenameRequest("a.proto"), Field(3, "a.proto"));
}

TEST(ReflectionWireTest, ResponsesAreRead) {
  ReflectionResponse response;
  ASSERT_TRUE(ParseReflectionResponse(
      Field(1, "host") + Field(2, Field(7, "*")) + Field(6, Field(1, Field(1, "a.B")) + Field(1, Field(1, "c.D"))),
      &response));
  EXPECT_THAT(response.services, ElementsAre("a.B", "c.D"));
  EXPECT_THAT(response.files, IsEmpty());
  EXPECT_EQ(response.error_code, 0);

  ASSERT_TRUE(ParseReflectionResponse(Field(4, Field(1, "one") + Field(1, "two")), &response));
  EXPECT_THAT(response.files, ElementsAre("one", "two"));
  EXPECT_THAT(response.services, IsEmpty());

  ASSERT_TRUE(ParseReflectionResponse(Field(7, std::string("\x08\x05", 2) + Field(2, "none")), &response));
  EXPECT_EQ(response.error_code, 5);
  EXPECT_EQ(response.error_message, "none");

  ASSERT_TRUE(ParseReflectionResponse(Field(7, ""), &response));
  EXPECT_NE(response.error_code, 0);
  ASSERT_TRUE(ParseReflectionResponse("", &response));
  EXPECT_EQ(response.error_code, 0);
}

TEST(ReflectionWireTest, NonsenseIsRefused) {
  ReflectionResponse response;
  const std::string whole = Field(6, Field(1, Field(1, "a.B")));
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseReflectionResponse(whole.substr(0, size), &response)) << size;
  }
  EXPECT_FALSE(ParseReflectionResponse(Field(6, "\x0a\x09"), &response));            // a service list cut short
  EXPECT_FALSE(ParseReflectionResponse(Field(4, "\x0a\x09"), &response));            // a file list cut short
  EXPECT_FALSE(ParseReflectionResponse(Field(7, "\x08"), &response));                // an error cut short
  EXPECT_FALSE(ParseReflectionResponse(std::string(4096, '\x0b'), &response));       // groups in groups
  EXPECT_FALSE(ParseReflectionResponse(Field(6, Field(1, "\x0a\x09")), &response));  // a name cut short
}

}  // namespace
}  // namespace connectrpc::front
