#include "wire/output_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "wire/allocations.h"

namespace connectrpc::wire {
namespace {

constexpr size_t kLong = OutputQueue::kReferenceThreshold;

std::string Contents(const OutputQueue& queue) {
  std::string_view pieces[64];
  std::string bytes;
  const size_t count = queue.Peek(pieces, 64);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_FALSE(pieces[i].empty());
    bytes.append(pieces[i]);
  }
  EXPECT_EQ(bytes.size(), queue.size());
  return bytes;
}

size_t PieceCount(const OutputQueue& queue) {
  std::string_view pieces[64];
  return queue.Peek(pieces, 64);
}

const char* FirstPiece(const OutputQueue& queue) {
  std::string_view piece;
  EXPECT_EQ(queue.Peek(&piece, 1), 1u);
  return piece.data();
}

std::string Pattern(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * 31 + i / 251));
  return bytes;
}

TEST(OutputQueue, StartsEmpty) {
  OutputQueue queue;
  std::string_view piece;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.Peek(&piece, 1), 0u);
  queue.Consume(0);
  queue.Clear();
  queue.Append("");
  queue.Append(Payload());
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.Peek(&piece, 1), 0u);
}

TEST(OutputQueue, GathersSmallPieces) {
  OutputQueue queue;
  queue.Append("one ");
  queue.Append(Payload::Borrow("two "));
  queue.Append(Payload::Own("three"));
  EXPECT_EQ(Contents(queue), "one two three");
  EXPECT_EQ(PieceCount(queue), 1u);
}

TEST(OutputQueue, FillsBlocksToTheEnd) {
  const std::string bytes = Pattern(3 * OutputQueue::kBlockSize);
  OutputQueue queue;
  for (size_t i = 0; i < bytes.size(); i += 1000) queue.Append(std::string_view(bytes).substr(i, 1000));
  EXPECT_EQ(Contents(queue), bytes);
  EXPECT_EQ(PieceCount(queue), 3u);
}

TEST(OutputQueue, KeepsLongOwnedPayloadsByReference) {
  struct Case {
    const char* name;
    size_t size;
    bool referenced;
  };
  for (const Case& c : {Case{"one below", kLong - 1, false}, Case{"at the threshold", kLong, true}}) {
    SCOPED_TRACE(c.name);
    std::string bytes = Pattern(c.size);
    const std::string copy = bytes;
    const char* data = bytes.data();
    OutputQueue queue;
    queue.Append(Payload::Own(std::move(bytes)));
    EXPECT_EQ(FirstPiece(queue) == data, c.referenced);
    EXPECT_EQ(Contents(queue), copy);
  }
}

TEST(OutputQueue, CopiesLongBorrowedPayloads) {
  std::string bytes = Pattern(2 * kLong);
  const std::string copy = bytes;
  OutputQueue queue;
  queue.Append("before");
  queue.Append(Payload::Borrow(bytes));
  queue.Append(std::string_view(bytes));
  queue.Append("after");
  bytes.assign(bytes.size(), '?');
  EXPECT_EQ(Contents(queue), "before" + copy + copy + "after");
}

TEST(OutputQueue, ReleasesAForeignPayloadWhenItsLastByteIsGone) {
  const std::string bytes = Pattern(kLong);
  int releases = 0;
  const auto release = [](void* owner) { ++*static_cast<int*>(owner); };
  OutputQueue queue;
  queue.Append(Payload::Adopt(bytes, release, &releases));
  queue.Consume(kLong - 1);
  EXPECT_EQ(releases, 0);
  EXPECT_EQ(Contents(queue), bytes.substr(kLong - 1));
  queue.Consume(1);
  EXPECT_EQ(releases, 1);

  queue.Append(Payload::Adopt(bytes, release, &releases));
  queue.Clear();
  EXPECT_EQ(releases, 2);
}

TEST(OutputQueue, PeekIsBoundedByThePiecesAskedFor) {
  OutputQueue queue;
  queue.Append("first");
  queue.Append(Payload::Own(Pattern(kLong)));
  queue.Append("last");
  std::string_view pieces[3];
  EXPECT_EQ(queue.Peek(pieces, 0), 0u);
  EXPECT_EQ(queue.Peek(pieces, 2), 2u);
  EXPECT_EQ(pieces[0], "first");
  EXPECT_EQ(pieces[1].size(), kLong);
  EXPECT_EQ(queue.Peek(pieces, 3), 3u);
  EXPECT_EQ(pieces[2], "last");
}

TEST(OutputQueue, ConsumesAcrossPieces) {
  OutputQueue queue;
  queue.Append("first");
  queue.Append(Payload::Own(Pattern(kLong)));
  queue.Append("last");
  const std::string bytes = Contents(queue);
  size_t consumed = 0;
  for (size_t count : {size_t{2}, size_t{3}, size_t{1}, kLong, size_t{2}, size_t{1}}) {
    queue.Consume(count);
    consumed += count;
    EXPECT_EQ(Contents(queue), bytes.substr(consumed));
  }
  EXPECT_TRUE(queue.empty());
}

TEST(OutputQueue, MovesBetweenQueues) {
  OutputQueue from;
  OutputQueue to;
  to.Append("already");
  from.Append("abcdef");
  to.AppendFrom(from, 0);
  to.AppendFrom(from, 4);
  EXPECT_EQ(Contents(to), "alreadyabcd");
  EXPECT_EQ(Contents(from), "ef");
  to.AppendFrom(from, 2);
  EXPECT_EQ(Contents(to), "alreadyabcdef");
  EXPECT_TRUE(from.empty());
}

// A long message leaves in HTTP/2 frames: each part passes by reference, and the memory lives as long as the last.
TEST(OutputQueue, SharesAPayloadThatIsSplit) {
  std::string bytes = Pattern(3 * kLong + 10);
  const std::string copy = bytes;
  const char* data = bytes.data();
  auto from = std::make_unique<OutputQueue>();
  from->Append(Payload::Own(std::move(bytes)));
  OutputQueue to;
  std::string expected;
  for (size_t part = 0; part < 3; ++part) {
    to.Append("frame");
    to.AppendFrom(*from, kLong);
    expected.append("frame").append(copy, part * kLong, kLong);
  }
  std::string_view pieces[6];
  ASSERT_EQ(to.Peek(pieces, 6), 6u);
  for (size_t part = 0; part < 3; ++part) EXPECT_EQ(pieces[2 * part + 1].data(), data + part * kLong);
  to.AppendFrom(*from, 10);
  EXPECT_TRUE(from->empty());
  from.reset();
  EXPECT_EQ(Contents(to), expected + copy.substr(3 * kLong));
}

TEST(OutputQueue, ExtendsByOneRun) {
  struct Case {
    const char* name;
    size_t before;
    size_t size;
  };
  const Case cases[] = {
      {"nothing", 0, 0},
      {"nothing behind something", 10, 0},
      {"the first bytes", 0, 100},
      {"behind others", 10, 100},
      {"more than the first block", 500, 1000},
      {"to the end of a block", 1000, OutputQueue::kBlockSize - 1000},
      {"past the end of a block", 1000, OutputQueue::kBlockSize - 999},
      {"behind a full block", OutputQueue::kBlockSize, 1},
      {"nearly a block", 1, kLong - 1},
      {"by reference", 1, kLong},
      {"much", 0, 5 * kLong + 1},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string before = Pattern(c.before);
    const std::string bytes(c.size, 'x');
    OutputQueue queue;
    for (size_t i = 0; i < before.size(); i += 100) queue.Append(std::string_view(before).substr(i, 100));
    char* const room = queue.Extend(c.size);
    ASSERT_NE(room, nullptr);
    bytes.copy(room, bytes.size());
    EXPECT_EQ(Contents(queue), before + bytes);
    queue.Append("after");
    EXPECT_EQ(Contents(queue), before + bytes + "after");
  }
}

TEST(OutputQueue, ASteadyStreamOfSmallResponsesAllocatesNothing) {
  OutputQueue body;
  OutputQueue output;
  const std::string message(200, 'm');
  const auto respond = [&] {
    body.Append("envelope");
    body.Append(Payload::Borrow(message));
    std::fill_n(body.Extend(message.size()), message.size(), 'e');
    output.Append("frame header");
    output.AppendFrom(body, body.size());
    output.Append("trailers");
    output.Consume(output.size());
  };
  for (int i = 0; i < 4; ++i) respond();
  const test::Allocations allocations;
  for (int i = 0; i < 1000; ++i) respond();
  EXPECT_EQ(allocations.count(), 0u);
}

TEST(OutputQueue, AQueueThatNeverRunsEmptyAllocatesNothingEither) {
  OutputQueue queue;
  const std::string bytes = Pattern(1000);
  queue.Append("kept behind");
  const auto turn = [&] {
    queue.Append(bytes);
    queue.Consume(bytes.size());
  };
  for (int i = 0; i < 2000; ++i) turn();
  const test::Allocations allocations;
  for (int i = 0; i < 2000; ++i) turn();
  EXPECT_EQ(allocations.count(), 0u);
  EXPECT_EQ(queue.size(), 11u);
}

TEST(OutputQueue, AFewSmallBytesTakeASmallBlock) {
  OutputQueue queue;
  const test::Allocations allocations;
  queue.Append("a small response");
  EXPECT_LE(allocations.largest(), OutputQueue::kFirstBlockSize + 1);
}

// Against the plainest model there is.
TEST(OutputQueue, AgreesWithTwoStrings) {
  std::mt19937 random(7);
  const std::string source = Pattern(4 * kLong);
  for (int round = 0; round < 50; ++round) {
    OutputQueue first, second;
    std::string first_model, second_model;
    for (int step = 0; step < 60; ++step) {
      const size_t size = random() % (random() % 4 == 0 ? 3 * kLong : 300);
      const std::string_view bytes = std::string_view(source).substr(random() % kLong, size);
      switch (random() % 6) {
        case 0:
          first.Append(bytes);
          first_model.append(bytes);
          break;
        case 1:
          first.Append(Payload::Own(std::string(bytes)));
          first_model.append(bytes);
          break;
        case 2: {
          const size_t count = std::min(size, first_model.size());
          first.Consume(count);
          first_model.erase(0, count);
          break;
        }
        case 3: {
          const size_t count = std::min(size, first_model.size());
          second.AppendFrom(first, count);
          second_model.append(first_model, 0, count);
          first_model.erase(0, count);
          break;
        }
        case 4: {
          const size_t count = std::min(size, second_model.size());
          second.Consume(count);
          second_model.erase(0, count);
          break;
        }
        case 5:
          bytes.copy(first.Extend(bytes.size()), bytes.size());
          first_model.append(bytes);
          break;
      }
      ASSERT_EQ(Contents(first), first_model);
      ASSERT_EQ(Contents(second), second_model);
    }
  }
}

}  // namespace
}  // namespace connectrpc::wire
