// Views against protobuf's parser, on messages that chance makes and breaks. tests/fuzz/views_fuzzer.cc searches
// further.
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/compare.h"
#include "tests/views/random_view.h"

namespace connectrpc::views {
namespace {

using google::protobuf::Message;
using test::Chance;
using ::views::test::Everything2;
using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;
using ::views::test::Required;
using ::views::test::RequiredView;

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
  Chance chance(1);
  Arena arena;
  size_t accepted = 0;
  for (int i = 0; i < kMessages && !::testing::Test::HasFailure(); ++i) {
    Everything3 everything3;
    Everything2 everything2;
    Required required;
    Message* const kinds[] = {&everything3, &everything2, &required};
    Message* const message = kinds[chance.Below(std::size(kinds))];
    testing::Fill(message, 0, &chance);
    std::string bytes = message->SerializePartialAsString();
    if (chance.Below(3) == 0) {
      message->Clear();
      testing::Fill(message, 0, &chance);
      bytes += message->SerializePartialAsString();
    }
    if (chance.Below(4) != 0) Break(&bytes, &chance);
    Compare<Everything3View>(bytes, &arena, &accepted);
    Compare<Everything2View>(bytes, &arena, &accepted);
    Compare<RequiredView>(bytes, &arena, &accepted);
  }
  // Both sides of the comparison have been seen.
  EXPECT_GT(accepted, kMessages / 2);
  EXPECT_LT(accepted, 3 * kMessages - kMessages / 2);
}

template <class View>
void CheckWritten(Chance* chance, Arena* arena) {
  typename View::Message message;
  testing::Fill(&message, 0, chance);
  arena->Reset();
  EXPECT_EQ(testing::DifferenceOfWritten<View>(message, arena), "") << message.ShortDebugString();
}

TEST(DifferentialTest, WhatProtobufWrites) {
  google::protobuf::LogSilencer quiet;
  Chance chance(2);
  Arena arena;
  for (int i = 0; i < 1000 && !::testing::Test::HasFailure(); ++i) {
    CheckWritten<Everything3View>(&chance, &arena);
    CheckWritten<Everything2View>(&chance, &arena);
    CheckWritten<RequiredView>(&chance, &arena);
  }
}

}  // namespace
}  // namespace connectrpc::views
