#include "http/h2_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace connectrpc::http {
namespace {

TEST(H2Memory, GivesAFreedBlockToTheNextOfItsSize) {
  H2Memory memory;
  void* const first = memory.Allocate(100);
  memory.Free(first);
  EXPECT_EQ(memory.kept_bytes(), 128u);
  void* const smaller = memory.Allocate(64);
  EXPECT_NE(smaller, first);
  EXPECT_EQ(memory.Allocate(65), first);
  EXPECT_EQ(memory.kept_bytes(), 0u);
  memory.Free(first);
  memory.Free(smaller);
}

TEST(H2Memory, HasRoomForAllThatWasAskedFor) {
  for (const size_t size : {0, 1, 63, 64, 65, 511, 512, 513, 100'000}) {
    SCOPED_TRACE(size);
    H2Memory memory;
    void* const bytes = memory.Allocate(size);
    ASSERT_NE(bytes, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes) % alignof(std::max_align_t), 0u);
    std::memset(bytes, 0xff, size);
    memory.Free(bytes);
  }
}

TEST(H2Memory, KeepsSmallBlocksOnlyAndNotTooMany) {
  H2Memory memory;
  memory.Free(memory.Allocate(513));
  EXPECT_EQ(memory.kept_bytes(), 0u);
  std::vector<void*> blocks;
  for (size_t i = 0; i < H2Memory::kMaxKeptBytes / 512 + 1; ++i) blocks.push_back(memory.Allocate(512));
  for (void* block : blocks) memory.Free(block);
  EXPECT_EQ(memory.kept_bytes(), H2Memory::kMaxKeptBytes);
}

TEST(H2Memory, ReallocatesWithTheBytes) {
  H2Memory memory;
  auto* bytes = static_cast<char*>(memory.Reallocate(nullptr, 10));
  std::memcpy(bytes, "0123456789", 10);
  for (const size_t size : {5, 64, 65, 512, 513, 5000}) {
    bytes = static_cast<char*>(memory.Reallocate(bytes, size));
    ASSERT_NE(bytes, nullptr);
    EXPECT_EQ(std::memcmp(bytes, "0123456789", 5), 0);
    std::memset(bytes + 5, 'x', size - 5);
  }
  memory.Free(bytes);
  memory.Free(nullptr);
}

TEST(H2Memory, RefusesWhatNoMemoryCanHold) {
  H2Memory memory;
  EXPECT_EQ(memory.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(memory.Allocate(SIZE_MAX - 8), nullptr);
}

}  // namespace
}  // namespace connectrpc::http
