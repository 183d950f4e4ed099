// Our JSON against protobuf's own, on messages that chance makes: whatever protobuf writes we read, whatever we write
// protobuf reads, and it is always the same message.
//
// Left out, since they differ on purpose: masks that JSON cannot hold, and numbers of a Value that are not finite,
// which protobuf 3.21 writes as something else.
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include "codec/codec.h"
#include "codec_test.pb.h"
#include "json_kinds.pb.h"
#include "json_old.pb.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Deterministic(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

class Chance {
 public:
  explicit Chance(uint32_t seed) : random_(seed) {}

  // 0 to `count` - 1.
  uint64_t Below(uint64_t count) { return random_() % count; }

  uint64_t Bits() {
    switch (Below(5)) {
      case 0:
        return 0;
      case 1:
        return ~uint64_t{0};
      case 2:
        return uint64_t{1} << Below(64);
      case 3:
        return Below(1000);
      default:
        return random_();
    }
  }

  double Double() {
    const uint64_t bits = Bits();
    double value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isnan(value)) return std::numeric_limits<double>::quiet_NaN();  // whose bits JSON does not keep
    return Below(3) == 0 ? static_cast<double>(Below(100'000)) / 8 : value;
  }

  float Float() {
    const auto bits = static_cast<uint32_t>(Bits() >> Below(33));
    float value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isnan(value)) return std::numeric_limits<float>::quiet_NaN();
    return value;
  }

  std::string Text() {
    static const char* const kParts[] = {
        "a",        "B_",           "\"",           "\\",           "/", "<b>",   "\n\t\x01",         "\x7f",
        "\xc3\xa9", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x82\xac", "0", "value", "\xf0\x9f\x98\x80", "'",
        "@type",    "{[,:"};
    std::string text;
    for (uint64_t i = Below(6); i > 0; --i) text += kParts[Below(std::size(kParts))];
    if (Below(20) == 0) text.append(Below(300), 'x');
    return text;
  }

  std::string Bytes() {
    std::string bytes;
    for (uint64_t i = Below(6); i > 0; --i) bytes.push_back(static_cast<char>(Below(256)));
    return bytes;
  }

 private:
  std::mt19937_64 random_;
};

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
    const Reflection& reflection = *message->GetReflection();
    const bool add = field.is_repeated();
    const uint64_t bits = chance_.Bits();
#define CONNECTRPC_SET(Kind, value) \
  add ? reflection.Add##Kind(message, &field, value) : reflection.Set##Kind(message, &field, value)
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        CONNECTRPC_SET(Bool, bits % 2 == 1);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        CONNECTRPC_SET(Int32, static_cast<int32_t>(bits));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        CONNECTRPC_SET(UInt32, static_cast<uint32_t>(bits));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        CONNECTRPC_SET(Int64, static_cast<int64_t>(bits));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        CONNECTRPC_SET(UInt64, bits);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        CONNECTRPC_SET(Float, chance_.Float());
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        CONNECTRPC_SET(Double, chance_.Double());
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        CONNECTRPC_SET(String, field.type() == FieldDescriptor::TYPE_BYTES ? chance_.Bytes() : chance_.Text());
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto& type = *field.enum_type();
        CONNECTRPC_SET(
            EnumValue,
            type.value(static_cast<int>(chance_.Below(static_cast<uint64_t>(type.value_count()))))->number());
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(add ? reflection.AddMessage(message, &field) : reflection.MutableMessage(message, &field), depth + 1);
        break;
    }
#undef CONNECTRPC_SET
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
