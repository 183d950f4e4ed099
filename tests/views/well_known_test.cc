// The views that the library ships, of the messages that come with protobuf.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <string>

#include "connectrpc/views/google/protobuf/timestamp.view.pb.h"
#include "support/random_message.h"
#include "tests/views/compare.h"
#include "well_known.view.pb.h"

namespace connectrpc::views {
namespace {

using ::views::test::WellKnown;
using ::views::test::WellKnownView;

TEST(WellKnownTest, FieldsOfThem) {
  WellKnown message;
  message.mutable_timestamp()->set_seconds(1'700'000'000);
  message.mutable_timestamp()->set_nanos(5);
  message.mutable_any()->set_type_url("type.googleapis.com/x.Y");
  (*message.mutable_struct_()->mutable_fields())["list"].mutable_list_value()->add_values()->set_number_value(1.5);
  message.mutable_string_value()->set_value("");
  (*message.mutable_durations())["short"].set_nanos(1);
  message.mutable_never();
  const std::string bytes = message.SerializeAsString();
  Arena arena;
  const WellKnownView* const view = WellKnownView::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  const google::protobuf::TimestampView& timestamp = view->timestamp();
  EXPECT_EQ(timestamp.seconds(), 1'700'000'000);
  EXPECT_EQ(timestamp.nanos(), 5);
  EXPECT_EQ(view->any().type_url(), "type.googleapis.com/x.Y");
  ASSERT_TRUE(view->struct_().fields().contains("list"));
  EXPECT_EQ(view->struct_().fields().get("list")->list_value().values()[0].number_value(), 1.5);
  EXPECT_TRUE(view->has_string_value());
  EXPECT_FALSE(view->has_bytes_value());
  ASSERT_TRUE(view->durations().contains("short"));
  EXPECT_EQ(view->durations().get("short")->nanos(), 1);
  EXPECT_EQ(view->choice_case(), WellKnown::kNever);
}

// A message of each type, every field of it set, is what protobuf takes it for.
void Fill(google::protobuf::Message* message, int depth, test::Chance* chance) {
  const google::protobuf::Descriptor& type = *message->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (depth == 3 && type.field(i)->message_type() != nullptr) continue;
    test::SetByChance(message, *type.field(i), chance,
                      [&](google::protobuf::Message* inner) { Fill(inner, depth + 1, chance); });
  }
}

TEST(WellKnownTest, ReadAsProtobufReadsThem) {
  test::Chance chance(1);
  Arena arena;
  for (int i = 0; i < 20; ++i) {
    WellKnown message;
    Fill(&message, 0, &chance);
    // `at` and `never` in turn.
    if (i % 2 == 0) message.mutable_at()->set_seconds(i);
    arena.Reset();
    EXPECT_EQ(testing::Difference<WellKnownView>(message.SerializePartialAsString(), &arena), "");
  }
}

}  // namespace
}  // namespace connectrpc::views
