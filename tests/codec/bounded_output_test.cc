#include "codec/bounded_output.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "codec/compression_test_util.h"

namespace connectrpc::codec {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// Writes that many bytes in pieces of no more than `step`; false once that is too much.
bool Write(size_t bytes, size_t step, BoundedOutput* output) {
  while (bytes > 0) {
    const BoundedOutput::Span room = output->Room();
    EXPECT_GT(room.size, 0u);
    const size_t piece = std::min({bytes, step, room.size});
    std::fill_n(room.data, piece, 'a');
    if (!output->Advance(piece)) return false;
    bytes -= piece;
  }
  return true;
}

TEST(BoundedOutputTest, GrowsUpToTheLimitAndNoFurther) {
  for (size_t limit : {0u, 1u, 255u, 256u, 257u, 1000u, 100'000u}) {
    for (size_t step : {size_t{1}, size_t{7}, kNoLimit}) {
      for (size_t expected : {size_t{0}, limit / 2, limit, limit + 1, 10 * limit}) {
        SCOPED_TRACE(std::to_string(limit) + " in steps of " + std::to_string(step));
        std::string out = "from before";
        BoundedOutput fits(expected, limit, &out);
        EXPECT_TRUE(Write(limit, step, &fits));
        EXPECT_EQ(fits.Finish(DecompressResult::kOk), DecompressResult::kOk);
        EXPECT_TRUE(out == std::string(limit, 'a'));
        EXPECT_LE(out.capacity(), std::max<size_t>(2 * limit, 1024));

        BoundedOutput exceeds(expected, limit, &out);
        EXPECT_FALSE(Write(limit + 1, step, &exceeds));
        EXPECT_LE(out.size(), limit + 1);
        EXPECT_EQ(exceeds.Finish(DecompressResult::kTooLarge), DecompressResult::kTooLarge);
        EXPECT_EQ(out, "");
        EXPECT_LE(out.capacity(), 1024u);
      }
    }
  }
}

TEST(BoundedOutputTest, BeginsWithWhatIsExpected) {
  struct {
    const char* name;
    size_t expected, limit, room;
  } const cases[] = {
      {"nothing", 0, 10'000, 256},     {"a little", 256, 10'000, 256},    {"more", 257, 10'000, 257},
      {"the limit", 1000, 1000, 1000}, {"a byte more", 1001, 1000, 1001}, {"far more", 5000, 1000, 1001},
      {"a small limit", 0, 5, 6},      {"no limit", 300, kNoLimit, 300},
  };
  for (const auto& c : cases) {
    std::string out;
    EXPECT_EQ(BoundedOutput(c.expected, c.limit, &out).Room().size, c.room) << c.name;
  }
}

TEST(BoundedOutputTest, RoomForKnownSizes) {
  std::string out;
  BoundedOutput output(0, 1000, &out);
  EXPECT_GE(output.RoomFor(900).size, 900u);
  EXPECT_TRUE(output.Advance(900));
  EXPECT_NE(output.RoomFor(0).data, nullptr);
  EXPECT_GE(output.RoomFor(100).size, 100u);
  EXPECT_EQ(output.RoomFor(101).data, nullptr);
  EXPECT_EQ(output.RoomFor(kNoLimit).data, nullptr);
  EXPECT_TRUE(output.Advance(100));
  EXPECT_NE(output.RoomFor(0).data, nullptr);
  EXPECT_EQ(output.RoomFor(1).data, nullptr);
  EXPECT_EQ(output.Finish(DecompressResult::kOk), DecompressResult::kOk);
  EXPECT_EQ(out.size(), 1000u);
}

TEST(BoundedOutputTest, FailuresLeaveNothing) {
  std::string out;
  BoundedOutput output(100'000, 1'000'000, &out);
  EXPECT_TRUE(Write(50'000, 1000, &output));
  EXPECT_EQ(output.Finish(DecompressResult::kCorrupt), DecompressResult::kCorrupt);
  EXPECT_EQ(out, "");
  EXPECT_LT(out.capacity(), 100u);
}

}  // namespace
}  // namespace connectrpc::codec
