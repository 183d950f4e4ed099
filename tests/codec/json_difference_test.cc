// Our JSON against protobuf's own, on messages that chance makes: whatever protobuf writes we read, whatever we write
// protobuf reads, and it is always the same message.
//
// Left out, since they differ on purpose: masks that JSON cannot hold, and numbers of a Value that are not finite,
// which protobuf 3.21 writes as something else.
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "codec/codec.h"
#include "codec_test.pb.h"
#include "json_kinds.pb.h"
#include "json_old.pb.h"
#include "support/random_message.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using test::Chance;
using test::Deterministic;
using test::SetByChance;

class Filler {
 public:
  explicit Filler(uint32_t seed) : chance_(seed) {}

  void Fill(Message* message, int depth) {
    if (FillKnown(message, depth)) return;
    const auto& descriptor = *message->GetDescriptor();
    const uint64_t one_in = depth == 0 ? 2 : 12;
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      const bool is_entry = descriptor.options().map_entry();  // with its value, which may be a Value that needs one
      if (!is_entry && chance_.Below(one_in) != 0) continue;
      if (!is_entry && field.message_type() != nullptr && depth > 4) continue;
      if (!field.is_repeated()) {
        Set(message, field, depth);
        continue;
      }
      const uint64_t count = 1 + chance_.Below(3);
      for (uint64_t n = 0; n < count; ++n) Set(message, field, depth);
    }
  }

 private:
  bool FillKnown(Message* message, int depth) {
    const std::string name(message->GetDescriptor()->full_name());
    const Reflection& reflection = *message->GetReflection();
    const auto set = [&](const char* field_name, int64_t value) {
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(field_name);
      if (field->type() == FieldDescriptor::TYPE_INT64) {
        reflection.SetInt64(message, field, value);
      } else {
        reflection.SetInt32(message, field, static_cast<int32_t>(value));
      }
    };
    static constexpr int64_t kNanos[] = {0, 1, 500'000'000, 120'000, 999'999'999};
    if (name == "google.protobuf.Timestamp") {
      set("seconds", static_cast<int64_t>(chance_.Below(315'537'897'600)) - 62'135'596'800);
      set("nanos", kNanos[chance_.Below(5)]);
    } else if (name == "google.protobuf.Duration") {
      const int64_t sign = chance_.Below(2) == 0 ? 1 : -1;
      set("seconds", sign * static_cast<int64_t>(chance_.Below(315'576'000'000)));
      set("nanos", sign * kNanos[chance_.Below(5)]);
    } else if (name == "google.protobuf.FieldMask") {
      google::protobuf::FieldMask mask;
      static const char* const kPaths[] = {"a", "foo_bar.baz", "x1.y2", "ab_cd_ef"};
      for (uint64_t i = chance_.Below(3); i > 0; --i) mask.add_paths(kPaths[chance_.Below(4)]);
      EXPECT_TRUE(message->ParseFromString(mask.SerializeAsString()));
    } else if (name == "google.protobuf.Value") {
      EXPECT_TRUE(message->ParseFromString(AnyValue(depth).SerializeAsString()));
    } else if (name == "google.protobuf.Any") {
      google::protobuf::Any any;
      if (chance_.Below(3) == 0) {
        any.PackFrom(AnyValue(depth));
      } else {
        codectest::v1::Kinds kinds;
        if (depth < 4) Fill(&kinds, depth + 1);
        any.PackFrom(kinds);
      }
      EXPECT_TRUE(message->ParseFromString(any.SerializeAsString()));
    } else {
      return false;
    }
    return true;
  }

  google::protobuf::Value AnyValue(int depth) {
    google::protobuf::Value value;
    switch (chance_.Below(depth > 4 ? 4 : 6)) {
      case 0:
        value.set_null_value(google::protobuf::NULL_VALUE);
        break;
      case 1:
        value.set_bool_value(chance_.Below(2) == 0);
        break;
      case 2:
        value.set_string_value(chance_.Text());
        break;
      case 3: {
        const double number = chance_.Double();
        value.set_number_value(std::isfinite(number) ? number : 1);
        break;
      }
      case 4:
        value.mutable_list_value();
        for (uint64_t i = chance_.Below(3); i > 0; --i) *value.mutable_list_value()->add_values() = AnyValue(depth + 1);
        break;
      default:
        value.mutable_struct_value();
        for (uint64_t i = chance_.Below(3); i > 0; --i) {
          (*value.mutable_struct_value()->mutable_fields())[chance_.Text()] = AnyValue(depth + 1);
        }
        break;
    }
    return value;
  }

  void Set(Message* message, const FieldDescriptor& field, int depth) {
    SetByChance(message, field, &chance_, [&](Message* inner) { Fill(inner, depth + 1); });
  }

  Chance chance_;
};

class JsonDifferenceTest : public testing::TestWithParam<const Message*> {
 protected:
  static bool HasGroups() { return GetParam() == &codectest::v1::Old::default_instance(); }

  // By which messages are compared: bytes of an Any differ in what is packed, and in zeros that are written or not.
  std::string Text(const Message& message) {
    std::string json;
    std::string error;
    EXPECT_TRUE(NewJsonCodec({})->FromBinary(*message.GetDescriptor(), Deterministic(message), &json, &error)) << error;
    return json;
  }

  // What our reader makes of a text, as protobuf's parser has it.
  std::string Read(const Codec& codec, const std::string& json) {
    std::string binary;
    std::string error;
    EXPECT_TRUE(codec.ToBinary(*GetParam()->GetDescriptor(), json, &binary, &error)) << error << "\n" << json;
    const std::unique_ptr<Message> message(GetParam()->New());
    EXPECT_TRUE(message->ParseFromString(binary)) << json;
    return Text(*message);
  }
};

TEST_P(JsonDifferenceTest, TheSameMessageBothWays) {
  const auto codec = NewJsonCodec({});
  JsonOptions options;
  options.preserve_field_names = options.enums_as_numbers = options.print_default_values = true;
  const auto verbose = NewJsonCodec(options);
  for (uint32_t seed = 0; seed < 400; ++seed) {
    // Through the wire format, so that a map has each key once.
    const std::unique_ptr<Message> message(GetParam()->New());
    Filler(seed).Fill(message.get(), 0);
    ASSERT_TRUE(message->ParseFromString(Deterministic(*message)));
    const std::string binary = Deterministic(*message);
    const std::string expected = Text(*message);
    std::string json;
    std::string error;
    ASSERT_EQ(Read(*codec, expected), expected) << seed;
    ASSERT_TRUE(verbose->FromBinary(*message->GetDescriptor(), binary, &json, &error)) << seed << ": " << error;
    std::string reread;
    ASSERT_TRUE(verbose->ToBinary(*message->GetDescriptor(), json, &reread, &error)) << seed << ": " << error;
    std::string again;
    ASSERT_TRUE(verbose->FromBinary(*message->GetDescriptor(), reread, &again, &error)) << seed << ": " << error;
    ASSERT_EQ(again, json) << seed;
    if (HasGroups()) continue;

    const std::unique_ptr<Message> read(GetParam()->New());
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(expected, read.get()).ok()) << seed << "\n" << expected;
    ASSERT_EQ(Text(*read), expected) << seed;
    json.clear();
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &json).ok()) << seed;
    ASSERT_EQ(Read(*codec, json), expected) << seed << "\n" << json;
  }
}

INSTANTIATE_TEST_SUITE_P(Messages, JsonDifferenceTest,
                         testing::Values(&codectest::v1::Kinds::default_instance(),
                                         &codectest::v1::Everything::default_instance(),
                                         &codectest::v1::Old::default_instance()),
                         [](const auto& info) { return std::string(info.param->GetDescriptor()->name()); });

// Written in pieces and out of order, a message is what protobuf's parser makes of it.
TEST_P(JsonDifferenceTest, MessagesInPieces) {
  const auto codec = NewJsonCodec({});
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::string pieces;
    for (uint32_t i = 0; i < 3; ++i) {
      const std::unique_ptr<Message> piece(GetParam()->New());
      Filler(seed * 3 + i).Fill(piece.get(), 1);
      pieces += Deterministic(*piece);
    }
    const std::unique_ptr<Message> message(GetParam()->New());
    ASSERT_TRUE(message->ParseFromString(pieces));
    std::string whole;
    std::string scattered;
    std::string error;
    const bool ok = codec->FromBinary(*message->GetDescriptor(), Deterministic(*message), &whole, &error);
    ASSERT_EQ(codec->FromBinary(*message->GetDescriptor(), pieces, &scattered, &error), ok) << seed << ": " << error;
    if (!ok) continue;  // pieces of times do not always make a time
    ASSERT_EQ(Read(*codec, scattered), Read(*codec, whole)) << seed << "\n" << scattered << "\n" << whole;
  }
}

}  // namespace
}  // namespace connectrpc::codec
