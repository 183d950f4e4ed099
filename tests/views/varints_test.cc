#include "connectrpc/views/varints.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "connectrpc/views/codecs.h"
#include "tests/views/wire.h"

namespace connectrpc::views::internal {
namespace {

using testing::Varint;

// A number whose varint has `bytes` bytes.
uint64_t OfLength(size_t bytes, uint64_t random) {
  const uint64_t least = bytes == 1 ? 0 : uint64_t{1} << 7 * (bytes - 1);
  const uint64_t beyond = bytes == 10 ? 0 : uint64_t{1} << 7 * bytes;  // 0: 2^64
  return least + random % (beyond - least);
}

TEST(VarintsTest, LoadsEachLength) {
  for (size_t bytes = 1; bytes <= 10; ++bytes) {
    for (const uint64_t random : {uint64_t{0}, ~uint64_t{0}, uint64_t{0x0123456789ABCDEF}}) {
      const uint64_t number = OfLength(bytes, random);
      const std::string text = Varint(number) + std::string(10, '\xFF');
      uint64_t value = 0;
      EXPECT_EQ(LoadVarint(text.data(), &value), bytes) << number;
      EXPECT_EQ(value, number);
    }
  }
  uint64_t value = 0;
  EXPECT_EQ(LoadVarint("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x80", &value), 0u);
}

TEST(VarintsTest, CountsAllThatEnd) {
  for (size_t size = 0; size < 5000; size = size * 3 / 2 + 1) {
    std::string text(size, '\xFF');
    EXPECT_EQ(CountVarints(text.data(), text.data() + size), 0u) << size;
    for (size_t i = 0; i < size; i += 3) text[i] = '\x7F';
    EXPECT_EQ(CountVarints(text.data(), text.data() + size), (size + 2) / 3) << size;
    std::fill(text.begin(), text.end(), '\0');
    EXPECT_EQ(CountVarints(text.data(), text.data() + size), size);
  }
}

template <class Codec>
void CheckLoading(const std::vector<uint64_t>& numbers) {
  std::string text;
  for (const uint64_t number : numbers) text += Varint(number);
  const size_t size = text.size();
  text += std::string(kVarintsReadable, '\xFF');  // what comes behind counts for nothing
  const std::unique_ptr<typename Codec::Type[]> values(new typename Codec::Type[numbers.size() + kVarintsBeyond]);
  const char* const end = text.data() + size;
  const auto loaded = LoadVarints<Codec>(text.data(), end, end, values.get());
  ASSERT_EQ(loaded.p - text.data(), static_cast<ptrdiff_t>(size));
  ASSERT_EQ(static_cast<size_t>(loaded.out - values.get()), numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(values[i], Codec::From(numbers[i])) << i;
}

// All mixtures that make a difference: runs of some length, between which others stand.
TEST(VarintsTest, LoadsRunsAndMixtures) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const size_t usual = 1 + random() % 10, other = 1 + random() % 10;
    const uint64_t rarely = 1 + random() % 20;
    std::vector<uint64_t> numbers(random() % 70);
    std::generate(numbers.begin(), numbers.end(),
                  [&] { return OfLength(random() % rarely == 0 ? other : usual, random()); });
    CheckLoading<UInt32>(numbers);
    CheckLoading<Int64>(numbers);
    CheckLoading<SInt32>(numbers);
    CheckLoading<SInt64>(numbers);
    CheckLoading<Bool>(numbers);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(VarintsTest, StopsWhereItMayNotRead) {
  const std::string text = std::string(40, '\1') + std::string(kVarintsReadable, '\1');
  uint32_t values[40 + kVarintsBeyond];
  const auto loaded = LoadVarints<UInt32>(text.data(), text.data() + 40, text.data() + 33, values);
  EXPECT_GE(loaded.p, text.data() + 33);
  EXPECT_EQ(loaded.p - text.data(), loaded.out - values);
}

TEST(VarintsTest, StopsAtMoreThanTenBytes) {
  const std::string text = "\1\2" + std::string(10, '\xFF') + "\1" + std::string(kVarintsReadable, '\1');
  uint64_t values[13 + kVarintsBeyond];
  const auto loaded = LoadVarints<UInt64>(text.data(), text.data() + 13, text.data() + 13, values);
  EXPECT_EQ(loaded.p, text.data() + 2);
  EXPECT_EQ(loaded.out, values + 2);
}

}  // namespace
}  // namespace connectrpc::views::internal
