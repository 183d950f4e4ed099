// Views against protobuf's parser, on messages that chance makes and breaks. tests/fuzz/views_fuzzer.cc searches
// further.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/compare.h"

namespace connectrpc::views {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::views::test::Everything2;
using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;
using ::views::test::Required;
using ::views::test::RequiredView;

// The same sequence in each run.
class Chance {
 public:
  size_t Below(size_t n) { return static_cast<size_t>(random_() % n); }
  bool Once(size_t in) { return Below(in) == 0; }

  int64_t Integer() {
    switch (Below(5)) {
      case 0:
        return static_cast<int64_t>(Below(3));
      case 1:
        return -static_cast<int64_t>(Below(1000));
      case 2:
        return static_cast<int64_t>(random_());
      case 3:
        return 127 + static_cast<int64_t>(Below(3));
      default:
        return static_cast<int64_t>(Below(100'000));
    }
  }

  std::string Text() {
    static constexpr const char* kTexts[] = {
        "", "a", "label-key-1", "h\xC3\xA4", "longer than sixteen bytes are", "\xF0\x9F\x98\x80"};
    return kTexts[Below(std::size(kTexts))];
  }

 private:
  std::mt19937_64 random_{1};
};

void Fill(Message* message, int depth, Chance* chance);

void AddValue(Message* message, const FieldDescriptor* field, int depth, Chance* chance) {
  const google::protobuf::Reflection* const reflection = message->GetReflection();
  const auto put = [&](auto add, auto set, auto value) {
    (reflection->*(field->is_repeated() ? add : set))(message, field, value);
  };
  using Reflection = google::protobuf::Reflection;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&Reflection::AddInt32, &Reflection::SetInt32, static_cast<int32_t>(chance->Integer()));
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::AddInt64, &Reflection::SetInt64, chance->Integer());
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::AddUInt32, &Reflection::SetUInt32, static_cast<uint32_t>(chance->Integer()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::AddUInt64, &Reflection::SetUInt64, static_cast<uint64_t>(chance->Integer()));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&Reflection::AddDouble, &Reflection::SetDouble, static_cast<double>(chance->Integer()));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&Reflection::AddFloat, &Reflection::SetFloat, static_cast<float>(chance->Integer()));
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::AddBool, &Reflection::SetBool, chance->Once(2));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *field->enum_type();
      return put(&Reflection::AddEnum, &Reflection::SetEnum,
                 type.value(static_cast<int>(chance->Below(static_cast<size_t>(type.value_count())))));
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return put(&Reflection::AddString, &Reflection::SetString, chance->Text());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (depth == 4) return;
      return Fill(
          field->is_repeated() ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field),
          depth + 1, chance);
  }
}

void Fill(Message* message, int depth, Chance* chance) {
  const google::protobuf::Descriptor& type = *message->GetDescriptor();
  for (size_t fields = 1 + chance->Below(5); fields > 0; --fields) {
    const FieldDescriptor* const field =
        type.field(static_cast<int>(chance->Below(static_cast<size_t>(type.field_count()))));
    size_t values = field->is_repeated() ? 1 + chance->Below(3) : 1;
    if (field->is_repeated() && depth == 0 && chance->Once(10)) values = 40;
    for (; values > 0; --values) AddValue(message, field, depth, chance);
  }
}

void Break(std::string* bytes, Chance* chance) {
  for (size_t times = 1 + chance->Below(3); times > 0 && !bytes->empty(); --times) {
    const size_t at = chance->Below(bytes->size());
    switch (chance->Below(6)) {
      case 0:
        (*bytes)[at] = static_cast<char>(chance->Below(256));
        break;
      case 1:
        bytes->erase(at, 1);
        break;
      case 2:
        bytes->insert(at, 1, static_cast<char>(chance->Below(256)));
        break;
      case 3:
        bytes->resize(at);
        break;
      case 4:
        (*bytes)[at] = static_cast<char>((*bytes)[at] ^ 1 << chance->Below(8));
        break;
      case 5:
        *bytes += bytes->substr(at, chance->Below(12));
        break;
    }
  }
}

template <class View>
void Compare(const std::string& bytes, Arena* arena, size_t* accepted) {
  arena->Reset();
  const std::string difference = testing::Difference<View>(bytes, arena);
  EXPECT_EQ(difference, "") << View::kFullName << ", " << bytes.size()
                            << " bytes: " << ::testing::PrintToString(bytes.substr(0, 400));
  ParseError error;
  *accepted += View::Parse(bytes, arena, {}, &error) != nullptr ? 1 : 0;
}

TEST(DifferentialTest, MessagesOfChance) {
  google::protobuf::LogSilencer quiet;
  constexpr int kMessages = 6000;
  Chance chance;
  Arena arena;
  size_t accepted = 0;
  for (int i = 0; i < kMessages && !::testing::Test::HasFailure(); ++i) {
    Everything3 everything3;
    Everything2 everything2;
    Required required;
    Message* const kinds[] = {&everything3, &everything2, &required};
    Message* const message = kinds[chance.Below(std::size(kinds))];
    Fill(message, 0, &chance);
    std::string bytes = message->SerializePartialAsString();
    if (chance.Once(3)) {
      message->Clear();
      Fill(message, 0, &chance);
      bytes += message->SerializePartialAsString();
    }
    if (!chance.Once(4)) Break(&bytes, &chance);
    Compare<Everything3View>(bytes, &arena, &accepted);
    Compare<Everything2View>(bytes, &arena, &accepted);
    Compare<RequiredView>(bytes, &arena, &accepted);
  }
  // Both sides of the comparison have been seen.
  EXPECT_GT(accepted, kMessages / 2);
  EXPECT_LT(accepted, 3 * kMessages - kMessages / 2);
}

}  // namespace
}  // namespace connectrpc::views
