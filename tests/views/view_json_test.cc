#include "connectrpc/view_json.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "imported.view.pb.h"
#include "support/json_filler.h"
#include "tests/views/wire.h"
#include "well_known.view.pb.h"

namespace connectrpc {
namespace {

using google::protobuf::util::JsonPrintOptions;
using test::Deterministic;
using test::JsonFiller;
using ::views::test::Everything2_NestedView;
using ::views::test::Everything2View;
using ::views::test::Everything3_NestedView;
using ::views::test::Everything3View;
using ::views::test::Imported;
using ::views::test::RequiredView;
using ::views::test::WellKnownView;
using namespace views::testing;  // NOLINT: the writers of wire.h

// snippet: json
// `writer` is one for the whole program: it keeps what it knows of types.
std::string Describe(const Everything3View& view, const ViewJson& writer) {
  std::string json;
  const Error error = writer.Write(view, &json);
  return error.ok() ? json : error.message;
}
// end snippet

// Numbers that were floats may have more digits than it takes to tell them apart, and protobuf does not always keep the
// sign of -0.
void RoundNumbers(google::protobuf::Value* value) {
  if (value->has_number_value()) {
    value->set_number_value(static_cast<double>(static_cast<float>(value->number_value())) + 0.0);
  } else if (value->has_list_value()) {
    for (auto& element : *value->mutable_list_value()->mutable_values()) RoundNumbers(&element);
  } else if (value->has_struct_value()) {
    for (auto& [key, field] : *value->mutable_struct_value()->mutable_fields()) RoundNumbers(&field);
  }
}

// The same for texts that are the same to JSON.
std::string Meaning(const std::string& json) {
  google::protobuf::Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, value.mutable_struct_value()).ok()) << json;
  RoundNumbers(&value);
  return Deterministic(value);
}

struct Format {
  const char* name;
  JsonFormat ours;
  bool preserve_field_names;
  bool enums_as_numbers;
};

const Format kFormats[] = {
    {"default", {}, false, false},
    {"names", {false, true, false}, true, false},
    {"numbers", {false, false, true}, false, true},
};

template <class View>
class ViewJsonTest : public testing::Test {};

using Views = testing::Types<Everything3View, Everything2View, RequiredView, WellKnownView>;
TYPED_TEST_SUITE(ViewJsonTest, Views);

// Protobuf's JSON is that of messages without groups.
TYPED_TEST(ViewJsonTest, IsProtobufsOwn) {
  using Message = typename TypeParam::Message;
  for (const Format& format : kFormats) {
    const ViewJson writer(format.ours);
    JsonPrintOptions options;
    options.preserve_proto_field_names = format.preserve_field_names;
    options.always_print_enums_as_ints = format.enums_as_numbers;
    views::Arena arena;
    OwnedView<TypeParam> owned;
    for (uint32_t seed = 0; seed < 200; ++seed) {
      SCOPED_TRACE(std::string(format.name) + ", seed " + std::to_string(seed));
      Message message;
      JsonFiller(seed, Imported::default_instance(), false).Fill(&message, 0);
      const std::string bytes = message.SerializeAsString();
      ASSERT_TRUE(message.ParseFromString(bytes));  // so that a map has each key once
      std::string expected;
      ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &expected, options).ok());

      arena.Reset();
      const TypeParam* const view = TypeParam::Parse(bytes, &arena);
      ASSERT_NE(view, nullptr);
      std::string json = "what was there before";
      const Error error = writer.Write(*view, &json);
      ASSERT_TRUE(error.ok()) << error.message;
      ASSERT_EQ(Meaning(json), Meaning(expected)) << json << "\n" << expected;
      Message read;
      ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &read).ok()) << json;
      ASSERT_EQ(Deterministic(read), Deterministic(message)) << json;

      ASSERT_TRUE(owned.Parse(Payload::Borrow(bytes)));
      std::string of_bytes;
      ASSERT_TRUE(writer.Write(owned, &of_bytes).ok());
      ASSERT_EQ(Meaning(of_bytes), Meaning(expected)) << of_bytes;
    }
  }
}

struct Case {
  const char* name;
  std::string bytes;
  std::string json;
};

template <class View>
void CheckCases(const std::vector<Case>& cases) {
  const ViewJson writer;
  for (const Case& test : cases) {
    OwnedView<View> owned;
    ASSERT_TRUE(owned.Parse(Payload::Borrow(test.bytes))) << test.name;
    std::string of_view;
    EXPECT_TRUE(writer.Write(*owned, &of_view).ok()) << test.name;
    EXPECT_EQ(of_view, test.json) << test.name;
    std::string of_bytes;
    EXPECT_TRUE(writer.Write(owned, &of_bytes).ok()) << test.name;
    EXPECT_EQ(of_bytes, test.json) << test.name;
  }
}

// However a message came, its JSON is that of the fields that it has.
TEST(ViewJsonFormTest, OfMessagesInPieces) {
  CheckCases<Everything3View>({
      {"empty", "", "{}"},
      {"out of order", Text(9, "x") + Number(5, 1), R"({"fInt32":1,"fString":"x"})"},
      {"a number twice", Number(5, 1) + Number(5, 2), R"({"fInt32":2})"},
      {"merged messages", Text(10, Number(1, 1)) + Text(10, Text(2, "x")), R"({"fMessage":{"number":1,"text":"x"}})"},
      {"elements apart", Number(45, 1) + Number(5, 7) + Text(45, "\x02\x03"), R"({"fInt32":7,"rInt32":[1,2,3]})"},
      {"a key twice", Text(61, Number(1, 1) + Number(2, 2)) + Text(61, Number(1, 1) + Number(2, 3)),
       R"({"mInt32":{"1":3}})"},
      {"the last of a oneof", Number(82, 1) + Text(84, "x"), R"({"cString":"x"})"},
      {"unknown fields", Number(1999, 1) + Text(10, Number(99, 1)), R"({"fMessage":{}})"},
      {"an open enum's unknown number", Number(13, 77), R"({"fEnum":77})"},
  });
}

TEST(ViewJsonFormTest, OfProto2) {
  CheckCases<Everything2View>({
      {"zeros that are there", Number(5, 0) + Text(9, ""), R"({"fInt32":0,"fString":""})"},
      {"a group", Group(19, Number(1, 1) + Text(3, "x")) + Group(55, ""),
       R"({"fgroup":{"number":1,"texts":["x"]},"rgroup":[{}]})"},
      {"an extension", Number(200, 1), "{}"},
      {"text that is no UTF-8, overwritten", Text(9, "\xff") + Text(9, "x"), R"({"fString":"x"})"},
      {"a closed enum", Number(13, 5) + Number(53, 5), R"({"fEnum":"CLOSED_FIVE","rEnum":["CLOSED_FIVE"]})"},
      // What it does not know, the view has not, and a message of protobuf's neither.
      {"a closed enum's unknown number", Number(13, 77), "{}"},
      {"before one that it knows", Number(13, 77) + Number(13, 5), R"({"fEnum":"CLOSED_FIVE"})"},
      {"behind one that it knows", Number(13, 5) + Number(13, 77), R"({"fEnum":"CLOSED_FIVE"})"},
      {"out of order", Number(53, 5) + Number(13, 77), R"({"rEnum":["CLOSED_FIVE"]})"},
      {"among elements", Number(53, 5) + Number(53, 77) + Number(53, 70000),
       R"({"rEnum":["CLOSED_FIVE","CLOSED_MANY"]})"},
      {"in a packed run", Text(54, Varint(77) + Varint(5) + Varint(78)), R"({"rPackedEnum":["CLOSED_FIVE"]})"},
      {"in an entry", Text(61, Number(1, 1) + Number(2, 1)) + Text(61, Number(1, 1) + Number(2, 77)),
       R"({"mEnum":{"1":"CLOSED_ONE"}})"},
      {"in an entry, corrected", Text(61, Number(1, 1) + Number(2, 77) + Number(2, 1)),
       R"({"mEnum":{"1":"CLOSED_ONE"}})"},
      {"in a oneof", Text(82, "x") + Number(84, 77), R"({"cString":"x"})"},
  });
}

// Of those without presence; protobuf 3.21 prints those of fields with presence, too, in proto2.
TEST(ViewJsonFormTest, Defaults) {
  JsonFormat format;
  format.print_default_values = true;
  const ViewJson writer(format);
  std::string json;
  ASSERT_TRUE(writer.Write(Everything3_NestedView(), &json).ok());
  EXPECT_EQ(json, R"({"number":0,"text":"","children":[]})");
  ASSERT_TRUE(writer.Write(Everything2_NestedView(), &json).ok());
  EXPECT_EQ(json, R"({"children":[]})");
}

TEST(ViewJsonFormTest, OfAViewWithin) {
  OwnedView<Everything3View> owned;
  ASSERT_TRUE(owned.Parse(Payload::Own(Text(100, Number(5, 1)))));
  EXPECT_EQ(Describe(owned->self(), ViewJson()), R"({"fInt32":1})");
  EXPECT_EQ(Describe(owned->self().self(), ViewJson()), "{}");
}

TEST(ViewJsonFormTest, OfAnEmptyHandle) {
  std::string json;
  ASSERT_TRUE(ViewJson().Write(OwnedView<Everything3View>(), &json).ok());
  EXPECT_EQ(json, "{}");
}

// What protobuf takes as a message and JSON has no form for.
TEST(ViewJsonFormTest, Refusals) {
  const ViewJson writer;
  std::string json = "what was there before";
  OwnedView<Everything2View> text;
  ASSERT_TRUE(text.Parse(Payload::Own(Text(9, "\xff"))));
  const Error error = writer.Write(*text, &json);
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_EQ(error.message,
            "cannot write views.test.Everything2 as JSON: malformed message of type views.test.Everything2");
  EXPECT_EQ(json, "");
  EXPECT_EQ(writer.Write(text, &json).code, Code::kInternal);

  OwnedView<WellKnownView> any;
  ASSERT_TRUE(any.Parse(Payload::Own(Text(1, Text(1, "type.googleapis.com/not.Linked") + Text(2, Number(1, 1))))));
  EXPECT_EQ(writer.Write(any, &json).code, Code::kInternal);
  OwnedView<WellKnownView> time;
  ASSERT_TRUE(time.Parse(Payload::Own(Text(12, Number(2, 1'000'000'000)))));
  EXPECT_EQ(writer.Write(time, &json).code, Code::kInternal);
}

TEST(ViewJsonFormTest, OneForAllThreads) {
  const ViewJson writer;
  const std::string bytes = Text(10, Number(1, 1)) + Text(62, Text(1, "k") + Text(2, "v"));
  std::vector<std::thread> threads;
  std::vector<std::string> texts(4);
  for (std::string& text : texts) {
    threads.emplace_back([&] {
      OwnedView<Everything3View> owned;
      EXPECT_TRUE(owned.Parse(Payload::Borrow(bytes)));
      EXPECT_TRUE(writer.Write(*owned, &text).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, R"({"fMessage":{"number":1},"mString":{"k":"v"}})");
}

}  // namespace
}  // namespace connectrpc
