#include "protocol/sendable_end.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

TEST(SendableEnd, CopiesNothingThatIsValid) {
  const HeaderList headers = Fields("x: 1\ny-bin: \\x00\nte: \\x00\n");
  const RpcEnd end = End(Error(Code::kAborted, "m"), "t: 1\n");
  const SendableEnd sendable(&headers, end);
  EXPECT_EQ(&sendable.error(), &end.error);
  EXPECT_EQ(&sendable.headers(), &headers);
  EXPECT_EQ(&sendable.trailers(), &end.trailers);
}

TEST(SendableEnd, WithoutHead) {
  const RpcEnd end = End(Error());
  EXPECT_TRUE(SendableEnd(nullptr, end).headers().empty());
}

TEST(SendableEnd, Replaces) {
  struct {
    const char* name;
    const char* headers;
    RpcEnd end;
    const char* sent_headers;
    const char* sent_end;
  } cases[] = {
      {"invalid headers of a success", "a: 1\nb: \\x00\n", End(Error(), "t: 1\n"), "a: 1\n",
       "internal \"handler set invalid metadata \"b\"\"\nt: 1\n"},
      {"invalid trailers of a success", "a: 1\n", End(Error(), "B: 1\nt: 1\n"), "a: 1\n",
       "internal \"handler set invalid metadata \"B\"\"\nt: 1\n"},
      {"invalid everything of a success", "b: \\x00\n", End(Error(), "B: 1\n"), "",
       "internal \"handler set invalid metadata \"b\"\"\n"},
      {"invalid metadata of an error", "b: \\x00\na: 1\n", End(Error(Code::kAborted, "m"), "B: 1\nt: 1\n"), "a: 1\n",
       "aborted \"m\"\nt: 1\n"},
      {"code out of range", "", End(WithDetails(Error(static_cast<Code>(99), "m"))), "",
       "unknown \"m\" a.B=\\x08\\x01 a.C=\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    const HeaderList headers = Fields(test.headers);
    const SendableEnd sendable(&headers, test.end);
    EXPECT_EQ(Show(sendable.headers()), test.sent_headers);
    EXPECT_EQ(Show(sendable.error()) + "\n" + Show(sendable.trailers()), test.sent_end);
  }
}

}  // namespace
}  // namespace connectrpc::protocol
