#include "wire/gathering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace connectrpc::wire {
namespace {

// The steps in which a message that comes in equal pieces gets its memory.
int StepsOf(size_t size, size_t piece, std::string* gathered) {
  int steps = 0;
  while (gathered->size() < size) {
    const size_t next = std::min(piece, size - gathered->size());
    const size_t before = gathered->capacity();
    ReserveForPiece(size, next, gathered);
    if (gathered->capacity() != before) ++steps;
    gathered->append(next, 'x');
  }
  return steps;
}

TEST(GatheringTest, NeedsFewSteps) {
  const struct {
    const char* name;
    size_t size;
    int steps;
  } cases[] = {
      {"short", 100, 1},
      {"all that is not earned", kMaxUnearnedCapacity, 1},
      {"one more", kMaxUnearnedCapacity + 1, 2},
      {"what the first step earns", 4 * kMaxUnearnedCapacity, 2},
      {"one more than that", 4 * kMaxUnearnedCapacity + 1, 3},
      {"large", size_t{4} << 20, 4},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string gathered;
    EXPECT_EQ(StepsOf(c.size, 50, &gathered), c.steps);
    EXPECT_LE(gathered.capacity(), 2 * c.size);
  }
}

TEST(GatheringTest, TakesNoMoreThanIsEarnedOrAnnounced) {
  const struct {
    const char* name;
    size_t size;
    size_t piece;
    size_t capacity;
  } cases[] = {
      {"announced", kMaxUnearnedCapacity - 1, 100, kMaxUnearnedCapacity - 1},
      {"announced beyond what is not earned", SIZE_MAX, 100, kMaxUnearnedCapacity},
      {"a piece larger than that", SIZE_MAX, kMaxUnearnedCapacity + 1, kMaxUnearnedCapacity + 1},
      {"more than was announced", 100, 200, 200},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string gathered;
    ReserveForPiece(c.size, c.piece, &gathered);
    EXPECT_EQ(gathered.capacity(), c.capacity);
  }
}

}  // namespace
}  // namespace connectrpc::wire
