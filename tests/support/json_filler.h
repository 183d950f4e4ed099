#ifndef CONNECTRPC_TESTS_SUPPORT_JSON_FILLER_H_
#define CONNECTRPC_TESTS_SUPPORT_JSON_FILLER_H_

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "support/random_message.h"

namespace connectrpc::test {

// Makes messages by chance that have a JSON form, which both protobuf and we write and read again as the same message.
// Left out, since they differ on purpose: masks that JSON cannot hold, and numbers of a Value that are not finite,
// which protobuf 3.21 writes as something else.
class JsonFiller {
 public:
  // Messages of the type of `in_any` are what is packed into an Any. Without `groups`, which protobuf's JSON has not,
  // their fields stay empty.
  JsonFiller(uint32_t seed, const google::protobuf::Message& in_any, bool groups = true)
      : chance_(seed), in_any_(in_any), groups_(groups) {}

  void Fill(google::protobuf::Message* message, int depth) {
    if (FillKnown(message, depth)) return;
    const auto& descriptor = *message->GetDescriptor();
    const uint64_t one_in = depth == 0 ? 2 : 12;
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const google::protobuf::FieldDescriptor& field = *descriptor.field(i);
      const bool is_entry = descriptor.options().map_entry();  // with its value, which may be a Value that needs one
      if (!is_entry && !field.is_required() && chance_.Below(one_in) != 0) continue;
      if (!groups_ && field.type() == google::protobuf::FieldDescriptor::TYPE_GROUP) continue;
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
  bool FillKnown(google::protobuf::Message* message, int depth) {
    const std::string name(message->GetDescriptor()->full_name());
    const google::protobuf::Reflection& reflection = *message->GetReflection();
    const auto set = [&](const char* field_name, int64_t value) {
      const google::protobuf::FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(field_name);
      if (field->type() == google::protobuf::FieldDescriptor::TYPE_INT64) {
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
        const std::unique_ptr<google::protobuf::Message> packed(in_any_.New());
        if (depth < 4) Fill(packed.get(), depth + 1);
        any.PackFrom(*packed);
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

  void Set(google::protobuf::Message* message, const google::protobuf::FieldDescriptor& field, int depth) {
    SetByChance(message, field, &chance_, [&](google::protobuf::Message* inner) { Fill(inner, depth + 1); });
  }

  Chance chance_;
  const google::protobuf::Message& in_any_;
  const bool groups_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_JSON_FILLER_H_
