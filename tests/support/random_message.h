#ifndef CONNECTRPC_TESTS_SUPPORT_RANDOM_MESSAGE_H_
#define CONNECTRPC_TESTS_SUPPORT_RANDOM_MESSAGE_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <random>
#include <string>

// For tests that compare ours with protobuf's own, on messages that chance makes.
namespace connectrpc::test {

// The same for equal messages, whatever the order in their maps. Required fields may be missing.
inline std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes;
}

// The same sequence in each run.
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

// Sets a field to a value of chance, or adds one to a repeated field. `fill` is called with messages, which are empty
// or what the field has been set to before.
template <class FillMessage>
void SetByChance(google::protobuf::Message* message, const google::protobuf::FieldDescriptor& field, Chance* chance,
                 FillMessage fill) {
  using google::protobuf::FieldDescriptor;
  using google::protobuf::Reflection;
  const Reflection& reflection = *message->GetReflection();
  const uint64_t bits = chance->Bits();
  const auto put = [&](auto add, auto set, const auto& value) {
    (reflection.*(field.is_repeated() ? add : set))(message, &field, value);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::AddBool, &Reflection::SetBool, bits % 2 == 1);
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&Reflection::AddInt32, &Reflection::SetInt32, static_cast<int32_t>(bits));
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::AddUInt32, &Reflection::SetUInt32, static_cast<uint32_t>(bits));
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::AddInt64, &Reflection::SetInt64, static_cast<int64_t>(bits));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::AddUInt64, &Reflection::SetUInt64, bits);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&Reflection::AddFloat, &Reflection::SetFloat, chance->Float());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&Reflection::AddDouble, &Reflection::SetDouble, chance->Double());
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::AddString, &Reflection::SetString,
                 field.type() == FieldDescriptor::TYPE_BYTES ? chance->Bytes() : chance->Text());
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      const auto index = static_cast<int>(chance->Below(static_cast<uint64_t>(type.value_count())));
      return put(&Reflection::AddEnumValue, &Reflection::SetEnumValue, type.value(index)->number());
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return fill(field.is_repeated() ? reflection.AddMessage(message, &field)
                                      : reflection.MutableMessage(message, &field));
  }
}

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_RANDOM_MESSAGE_H_
