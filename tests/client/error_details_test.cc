#include "connectrpc/error_details.h"

#include <gtest/gtest.h>

#include "client/messages.h"
#include "client_test_lite.pb.h"

namespace connectrpc::test {
namespace {

TEST(ErrorDetailsTest, FindsWhatWasAdded) {
  Error error(Code::kInternal, "why");
  AddDetail(&error, MakePing("ping"));
  AddDetail(&error, MakePong("pong"));
  AddDetail(&error, MakePong("second"));
  Lite lite;
  lite.set_text("lite");
  AddDetail(&error, lite);
  EXPECT_EQ(error.details[0].type, "connectrpc.test.Ping");
  EXPECT_EQ(FindDetail<Ping>(error)->text(), "ping");
  EXPECT_EQ(FindDetail<Pong>(error)->text(), "pong");
  EXPECT_EQ(FindDetail<Lite>(error)->text(), "lite");
}

TEST(ErrorDetailsTest, FindsNothingWhereThereIsNone) {
  Error error(Code::kInternal, "why");
  EXPECT_FALSE(FindDetail<Ping>(error).has_value());
  AddDetail(&error, MakePong("pong"));
  EXPECT_FALSE(FindDetail<Ping>(error).has_value());
}

TEST(ErrorDetailsTest, PassesOverWhatCannotBeParsed) {
  Error error(Code::kInternal, "why");
  error.details.push_back({"connectrpc.test.Ping", kGarbage});
  EXPECT_FALSE(FindDetail<Ping>(error).has_value());
  AddDetail(&error, MakePing("good"));
  EXPECT_EQ(FindDetail<Ping>(error)->text(), "good");
}

}  // namespace
}  // namespace connectrpc::test
