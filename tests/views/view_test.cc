// Generated views: what accessors return.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2;
using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;
using ::views::test::RequiredView;
using namespace testing;  // NOLINT: the writers of wire.h

static_assert(std::is_trivially_copyable_v<Everything3View>);
static_assert(std::is_trivially_destructible_v<Everything3View>);
static_assert(std::is_same_v<Everything3View::Message, Everything3>);

// A view would outlive what it points into.
template <class Bytes, class = void>
constexpr bool kParses = false;
template <class Bytes>
constexpr bool kParses<Bytes, std::void_t<decltype(Everything3View::Parse(std::declval<Bytes>(), nullptr))>> = true;
static_assert(kParses<std::string&> && kParses<const std::string&> && kParses<std::string_view> &&
              kParses<const char*>);
static_assert(!kParses<std::string> && !kParses<std::string&&>);

class ViewTest : public ::testing::Test {
 protected:
  template <class View>
  const View& Parse(std::string bytes) {
    bytes_ = std::move(bytes);
    ParseError error;
    const View* const view = View::Parse(bytes_, &arena_, {}, &error);
    EXPECT_NE(view, nullptr) << error.ToString();
    return *view;
  }

  std::string bytes_;
  Arena arena_;
};

TEST_F(ViewTest, NothingIsThereInAnEmptyMessage) {
  const auto& view = Parse<Everything3View>("");
  EXPECT_EQ(view.f_double(), 0);
  EXPECT_EQ(view.f_string(), "");
  EXPECT_FALSE(view.has_f_message());
  EXPECT_FALSE(view.f_message().parent().has_f_message()) << "what is absent has absent fields";
  EXPECT_FALSE(view.has_o_double());
  EXPECT_TRUE(view.r_message().empty());
  EXPECT_TRUE(view.m_self().empty());
  EXPECT_EQ(view.choice_case(), Everything3::CHOICE_NOT_SET);
  EXPECT_TRUE(view.unknown_fields().empty());
  EXPECT_NE(Everything3View::Parse(std::string_view(), &arena_), nullptr);
}

// As its own message has them; one value for each kind of field.
TEST_F(ViewTest, ValuesOfEachKind) {
  Everything3 message;
  message.set_f_double(-0.5);
  message.set_f_float(1e30F);
  message.set_f_int64(std::numeric_limits<int64_t>::min());
  message.set_f_uint64(std::numeric_limits<uint64_t>::max());
  message.set_f_int32(-1);
  message.set_f_fixed64(0x0102030405060708U);
  message.set_f_fixed32(0x01020304U);
  message.set_f_bool(true);
  message.set_f_string("string");
  message.mutable_f_message()->set_number(5);
  message.set_f_bytes(std::string("\0\xFF", 2));
  message.set_f_uint32(std::numeric_limits<uint32_t>::max());
  message.set_f_enum(::views::test::OPEN_NEGATIVE);
  message.set_f_sfixed32(-32);
  message.set_f_sfixed64(-64);
  message.set_f_sint32(std::numeric_limits<int32_t>::min());
  message.set_f_sint64(std::numeric_limits<int64_t>::min());
  message.mutable_f_imported()->add_more()->set_text("imported");
  const auto& view = Parse<Everything3View>(message.SerializeAsString());
  EXPECT_EQ(view.f_double(), message.f_double());
  EXPECT_EQ(view.f_float(), message.f_float());
  EXPECT_EQ(view.f_int64(), message.f_int64());
  EXPECT_EQ(view.f_uint64(), message.f_uint64());
  EXPECT_EQ(view.f_int32(), message.f_int32());
  EXPECT_EQ(view.f_fixed64(), message.f_fixed64());
  EXPECT_EQ(view.f_fixed32(), message.f_fixed32());
  EXPECT_TRUE(view.f_bool());
  EXPECT_EQ(view.f_string(), "string");
  EXPECT_EQ(view.f_message().number(), 5);
  EXPECT_EQ(view.f_bytes(), message.f_bytes());
  EXPECT_EQ(view.f_uint32(), message.f_uint32());
  EXPECT_EQ(view.f_enum(), ::views::test::OPEN_NEGATIVE);
  EXPECT_EQ(view.f_sfixed32(), -32);
  EXPECT_EQ(view.f_sfixed64(), -64);
  EXPECT_EQ(view.f_sint32(), message.f_sint32());
  EXPECT_EQ(view.f_sint64(), message.f_sint64());
  EXPECT_EQ(view.f_imported().more()[0].text(), "imported");
}

TEST_F(ViewTest, StringsLieInTheMessage) {
  const auto& view = Parse<Everything3View>(Text(9, "in place") + Text(47, "12345678"));
  const auto inside = [this](const char* at) { return at >= bytes_.data() && at < bytes_.data() + bytes_.size(); };
  EXPECT_TRUE(inside(view.f_string().data()));
  EXPECT_TRUE(inside(view.r_fixed32().wire_data()));
}

TEST_F(ViewTest, PresenceIsNotZeroness) {
  const auto& view =
      Parse<Everything3View>(Tag(21, 1) + std::string(8, '\0') + Text(29, "") + Number(33, 0) + Text(30, ""));
  EXPECT_TRUE(view.has_o_double());
  EXPECT_TRUE(view.has_o_string());
  EXPECT_TRUE(view.has_o_enum());
  EXPECT_TRUE(view.has_o_message());
  EXPECT_FALSE(view.has_o_int64());
  EXPECT_FALSE(view.has_o_sint64());
}

TEST_F(ViewTest, DefaultsOfProto2) {
  const auto& view = Parse<Everything2View>("");
  const Everything2 message;
  EXPECT_EQ(view.f_double(), 1.5);
  EXPECT_EQ(view.f_float(), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(view.f_int64(), message.f_int64());
  EXPECT_EQ(view.f_uint64(), message.f_uint64());
  EXPECT_EQ(view.f_int32(), message.f_int32());
  EXPECT_TRUE(view.f_bool());
  EXPECT_EQ(view.f_string(), "default");
  EXPECT_EQ(view.f_bytes(), std::string_view("\0\xFF", 2));
  EXPECT_EQ(view.f_enum(), ::views::test::CLOSED_MANY);
  EXPECT_EQ(view.f_message().number(), -7);
  EXPECT_EQ(view.f_message().text(), message.f_message().text());
  EXPECT_EQ(view.c_int32(), 3);
  EXPECT_EQ(view.c_string(), "chosen");
  EXPECT_EQ(view.c_enum(), ::views::test::CLOSED_MINUS);
  EXPECT_FALSE(view.has_f_bool());
}

TEST_F(ViewTest, PiecesOfRepeatedFieldsAreOneSequence) {
  const auto& view = Parse<Everything3View>(Text(45, "\x01\x02") + Number(45, 300) + Number(5, 9) + Text(45, "\x03") +
                                            Text(47, "aaaabbbb") + Tag(47, 5) + "cccc" + Text(47, "dddd") +
                                            Text(49, "x") + Number(5, 9) + Text(49, "y"));
  EXPECT_EQ(std::vector<int32_t>(view.r_int32().begin(), view.r_int32().end()), (std::vector<int32_t>{1, 2, 300, 3}));
  ASSERT_EQ(view.r_fixed32().size(), 4U);
  EXPECT_EQ(view.r_fixed32()[0], 0x61616161U);
  EXPECT_EQ(view.r_fixed32()[2], 0x63636363U);
  EXPECT_EQ(view.r_fixed32()[3], 0x64646464U);
  ASSERT_EQ(view.r_string().size(), 2U);
  EXPECT_EQ(view.r_string()[1], "y");
}

TEST_F(ViewTest, FixedRepeatedIsARange) {
  std::string numbers;
  for (const char c : {'\3', '\1', '\2'}) numbers += std::string(1, c) + std::string(7, '\0');
  const auto& range = Parse<Everything3View>(Text(46, numbers)).r_fixed64();
  std::vector<uint64_t> copy(range.begin(), range.end());
  EXPECT_EQ(copy, (std::vector<uint64_t>{3, 1, 2}));
  EXPECT_EQ(range.end() - range.begin(), 3);
  EXPECT_EQ(*(range.begin() + 2), 2U);
  EXPECT_EQ(range.begin()[1], 1U);
  auto it = range.end();
  EXPECT_EQ(*--it, 2U);
  EXPECT_EQ(*it--, 2U);
  EXPECT_EQ(*it++, 1U);
  EXPECT_TRUE(it > range.begin() && it >= it && range.begin() < it && range.begin() <= it && it != range.begin());
  it -= 2;
  EXPECT_EQ(it, range.begin());
}

TEST_F(ViewTest, SingularMessagesMerge) {
  const auto& view = Parse<Everything3View>(Text(10, Number(1, 1) + Text(2, "first") + Text(4, Number(1, 2))) +
                                            Text(10, Text(2, "second") + Text(4, Number(1, 3))));
  EXPECT_EQ(view.f_message().number(), 1);
  EXPECT_EQ(view.f_message().text(), "second");
  ASSERT_EQ(view.f_message().children().size(), 2U);
  EXPECT_EQ(view.f_message().children()[1].number(), 3);
}

TEST_F(ViewTest, OneofsHoldTheLast) {
  struct {
    const char* name;
    std::string bytes;
    Everything3::ChoiceCase expected;
  } const cases[] = {
      {"one", Number(82, 4), Everything3::kCInt32},
      {"two", Number(82, 4) + Text(84, "text"), Everything3::kCString},
      {"the first again", Text(84, "text") + Number(82, 4), Everything3::kCInt32},
      {"zero counts", Number(82, 0), Everything3::kCInt32},
  };
  for (const auto& test : cases) {
    const auto& view = Parse<Everything3View>(test.bytes);
    EXPECT_EQ(view.choice_case(), test.expected) << test.name;
    EXPECT_EQ(view.has_c_int32(), test.expected == Everything3::kCInt32) << test.name;
    EXPECT_EQ(view.c_string(), view.has_c_string() ? "text" : "") << test.name;
  }
  const auto& merged = Parse<Everything3View>(Text(86, Number(1, 1)) + Text(86, Text(2, "x")));
  EXPECT_EQ(merged.c_message().number(), 1);
  EXPECT_EQ(merged.c_message().text(), "x");
  const auto& replaced = Parse<Everything3View>(Text(86, Number(1, 1)) + Number(83, 1) + Text(86, Text(2, "x")));
  EXPECT_EQ(replaced.c_message().number(), 0);
  EXPECT_EQ(replaced.c_message().text(), "x");
}

TEST_F(ViewTest, Groups) {
  const auto& view =
      Parse<Everything2View>(Group(19, Number(1, 1) + Text(2, Number(1, 2)) + Text(3, "x")) + Group(19, Text(3, "y")) +
                             Group(55, Text(1, "r")) + Group(85, Number(1, 9)));
  EXPECT_EQ(view.fgroup().number(), 1);
  EXPECT_EQ(view.fgroup().inner().number(), 2);
  EXPECT_EQ(view.fgroup().texts().size(), 2U);
  EXPECT_EQ(view.rgroup()[0].text(), "r");
  EXPECT_EQ(view.cgroup().number(), 9);
}

TEST_F(ViewTest, ClosedEnumsHoldWhatTheyKnow) {
  const auto& view = Parse<Everything2View>(Number(13, 5) + Number(13, 6) + Number(53, 5) + Number(53, 6) +
                                            Text(54, Varint(6) + Varint(5)) + Number(84, 6));
  EXPECT_EQ(view.f_enum(), ::views::test::CLOSED_FIVE);
  ASSERT_EQ(view.r_enum().size(), 1U);
  ASSERT_EQ(view.r_packed_enum().size(), 1U);
  EXPECT_EQ(view.choice_case(), Everything2::CHOICE_NOT_SET);
  EXPECT_EQ(view.unknown_fields().total_size(), (Number(13, 6) + Number(53, 6) + Number(54, 6) + Number(84, 6)).size());
}

TEST_F(ViewTest, UnknownFieldsAreKeptAsTheyCame) {
  const std::string first = Number(1999, 1) + Text(1998, "x");
  const std::string second = Group(1997, Number(1, 1));
  const auto& view = Parse<Everything3View>(first + Number(5, 1) + second);
  ASSERT_EQ(view.unknown_fields().pieces().size(), 2U) << "neighbours are one piece";
  EXPECT_EQ(view.unknown_fields().pieces()[0], first);
  EXPECT_EQ(view.unknown_fields().pieces()[1], second);
}

TEST_F(ViewTest, RequiredFields) {
  const std::string good = Number(1, 1) + Text(40, "x");
  EXPECT_EQ(Parse<RequiredView>(good).text(), "x");
  struct {
    const char* name;
    std::string bytes;
    std::string error;
  } const cases[] = {
      {"none", "", "views.test.Required.number is required and missing, at byte 0"},
      {"one", Number(1, 1), "views.test.Required.text is required and missing, at byte 2"},
      {"within", good + Text(2, Number(1, 1)), "views.test.Required.text is required and missing, at byte 10"},
      {"in an element", good + Text(3, good) + Text(3, Number(1, 1)),
       "views.test.Required.text is required and missing, at byte 18"},
      {"in a map", good + Text(4, Number(1, 1)), "views.test.Required.number is required and missing, at byte 10"},
      {"in a oneof", good + Text(5, ""), "views.test.Required.number is required and missing, at byte 8"},
  };
  for (const auto& test : cases) {
    ParseError error;
    EXPECT_EQ(RequiredView::Parse(test.bytes, &arena_, {}, &error), nullptr) << test.name;
    EXPECT_EQ(error.ToString(), test.error) << test.name;
  }
}

// At each alignment; the sanitizer of undefined behaviour looks on.
TEST_F(ViewTest, MessagesLieAnywhere) {
  Everything3 message;
  for (int i = 0; i < 3; ++i) {
    message.add_r_double(i);
    message.add_r_fixed32(static_cast<uint32_t>(i));
    message.add_r_int64(i * 1000);
  }
  message.set_f_double(3);
  message.set_f_string("0123456789abcdefghij");
  const std::string bytes = message.SerializeAsString();
  for (size_t offset = 0; offset < 8; ++offset) {
    const std::string moved = std::string(offset, 'x') + bytes;
    const Everything3View* const view = Everything3View::Parse(std::string_view(moved).substr(offset), &arena_);
    ASSERT_NE(view, nullptr);
    EXPECT_EQ(view->r_double()[2], 2);
    EXPECT_EQ(view->r_fixed32()[1], 1U);
    EXPECT_EQ(view->r_int64()[2], 2000);
    EXPECT_EQ(view->f_double(), 3);
  }
}

// snippet: parse
// The length of all keys and values, or what is wrong with `bytes`.
std::string Measure(std::string_view bytes, Arena* arena) {
  arena->Reset();  // of the message before
  ParseError error;
  const Everything3View* const view = Everything3View::Parse(bytes, arena, ParseOptions(), &error);
  if (view == nullptr) return error.ToString();
  size_t length = 0;
  for (const auto& [key, value] : view->m_string()) length += key.size() + value.size();
  return std::to_string(length);
}
// end snippet

TEST(ViewUseTest, OneArenaForMessageAfterMessage) {
  Arena arena;
  const std::string bytes = Text(62, Text(1, "key") + Text(2, "value"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Measure(bytes, &arena), "8");
  EXPECT_EQ(Measure(bytes + "\x80", &arena), "views.test.Everything3 is cut short, at byte 16");
}

}  // namespace
}  // namespace connectrpc::views
