// What maps of hostile keys cost, in comparisons of keys: time would decide nothing.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "connectrpc/views/view.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using namespace testing;  // NOLINT: the writers of wire.h

// A key that counts.
struct Key {
  uint64_t value = 0;
  static inline uint64_t comparisons = 0;

  explicit operator uint64_t() const { return value; }
  friend bool operator==(const Key& a, const Key& b) { return ++comparisons, a.value == b.value; }
  friend bool operator<(const Key& a, const Key& b) { return ++comparisons, a.value < b.value; }
};

struct KeyCodec {
  using Type = Key;
  static constexpr uint32_t kWireType = 0;
  static const char* Read(const char* p, const char* end, Key* key, internal::WireReader* reader) {
    return reader->ReadVarint(p, end, &key->value);
  }
  static bool IsKnown(const Key&) { return true; }
};

// message Counted { map<Key, int32> map = 1; Counted inner = 2; repeated Counted more = 3; }
class CountedView final {
 public:
  const Map<Key, int32_t>& map() const { return map_; }
  const CountedView& inner() const { return *inner_; }

  const char* Merge(const char* p, const char* end, uint32_t /*end_tag*/, internal::Decoder* d) {
    while (p != end) {
      const char* const start = p;
      uint32_t tag;
      p = d->ReadTag(p, end, &tag);
      if (p == nullptr) return nullptr;
      switch (tag) {
        case 0x0A:
          p = d->ReadMapEntry<KeyCodec, internal::Int32>(start, p, end, &map_, &unknown_);
          break;
        case 0x12:
          p = d->ReadMessage(p, end, &inner_);
          break;
        case 0x1A:
          p = d->AppendMessage(p, end, &more_);
          break;
        default:
          p = d->ReadUnknown(start, p, end, tag, &unknown_);
      }
      if (p == nullptr) return nullptr;
    }
    return d->Settle(&map_) ? p : nullptr;
  }
  static constexpr internal::MessageTable kTable = {"Counted", nullptr, 0, 0, 0, internal::kNoUnknownFields, false};

 private:
  Map<Key, int32_t> map_;
  CountedView* inner_ = nullptr;
  Repeated<CountedView> more_;
  internal::UnknownPieces* unknown_ = nullptr;
};

std::string Entry(uint64_t key) {
  return Text(1, Number(1, key) + Number(2, 1));
}

// Keys that share one bit of the filter of small maps, as somebody would choose them who knows it.
std::vector<uint64_t> HostileKeys(size_t count) {
  std::vector<uint64_t> keys;
  for (uint64_t key = 0; keys.size() < count; ++key) {
    if ((key * 0x9E3779B97F4A7C15U) >> 58 == 0) keys.push_back(key);
  }
  return keys;
}

class MapCostTest : public ::testing::Test {
 protected:
  const CountedView* Parse(const std::string& bytes) {
    bytes_ = bytes;
    arena_.Reset();
    Key::comparisons = 0;
    return internal::ParseView<CountedView>(bytes_, &arena_, {}, nullptr);
  }

  std::string bytes_;
  Arena arena_;
};

// Of sorting, once for the keys and once more where some come twice.
double Bound(size_t entries) {
  return 8 * static_cast<double>(entries) * (std::log2(static_cast<double>(entries)) + 1);
}

TEST_F(MapCostTest, ParsingIsNotQuadratic) {
  const std::vector<uint64_t> keys = HostileKeys(10'000);
  struct {
    const char* name;
    size_t distinct;
    bool descending;
  } const cases[] = {
      {"all different", keys.size(), false},
      {"the same key", 1, false},
      {"two by two", keys.size() / 2, false},
      {"descending", keys.size(), true},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    for (const size_t count : {size_t{16}, size_t{17}, size_t{1000}, keys.size()}) {
      SCOPED_TRACE(count);
      std::string bytes;
      for (size_t i = 0; i < count; ++i) bytes += Entry(keys[(test.descending ? count - 1 - i : i) % test.distinct]);
      const CountedView* const view = Parse(bytes);
      ASSERT_NE(view, nullptr);
      EXPECT_EQ(view->map().size(), std::min(count, test.distinct));
      EXPECT_LE(static_cast<double>(Key::comparisons), Bound(count));
    }
  }
}

TEST_F(MapCostTest, LookingUpIsNotLinear) {
  const std::vector<uint64_t> keys = HostileKeys(10'000);
  std::string bytes;
  for (const uint64_t key : keys) bytes += Entry(key);
  const CountedView* const view = Parse(bytes);
  ASSERT_NE(view, nullptr);
  Key::comparisons = 0;
  for (const uint64_t key : keys) EXPECT_TRUE(view->map().contains(Key{key}));
  for (const uint64_t key : keys) EXPECT_FALSE(view->map().contains(Key{key + 1}));
  EXPECT_LE(static_cast<double>(Key::comparisons), Bound(2 * keys.size()));
}

// Each occurrence of the message that the map is in brings one entry.
TEST_F(MapCostTest, MergingIsNotQuadratic) {
  const std::vector<uint64_t> keys = HostileKeys(10'000);
  struct {
    const char* name;
    size_t first;     // entries that come with the first occurrence
    size_t distinct;  // keys
    std::string between;
  } const cases[] = {
      {"a large map", keys.size() / 2, keys.size(), ""},
      {"one by one", 1, keys.size(), ""},
      {"a small map", 16, 16, ""},
      {"a map that would get small", 20, 2, ""},
      {"with elements between", keys.size() / 2, keys.size(), Text(3, "")},
      {"with elements between that have such a map", keys.size() / 2, keys.size(), Text(3, Text(2, Entry(1)))},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    std::string first;
    for (size_t i = 0; i < test.first; ++i) first += Entry(keys[i % test.distinct]);
    std::string bytes = Text(2, first);
    for (size_t i = test.first; i < keys.size(); ++i) bytes += test.between + Text(2, Entry(keys[i % test.distinct]));
    for (const bool nested : {false, true}) {
      const CountedView* const view = Parse(nested ? Text(2, bytes) : bytes);
      ASSERT_NE(view, nullptr);
      const CountedView& owner = nested ? view->inner().inner() : view->inner();
      EXPECT_EQ(owner.map().size(), test.distinct);
      EXPECT_LE(static_cast<double>(Key::comparisons), 2 * Bound(keys.size()));
    }
  }
}

}  // namespace
}  // namespace connectrpc::views
