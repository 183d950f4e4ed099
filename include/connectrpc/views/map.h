#ifndef CONNECTRPC_VIEWS_MAP_H_
#define CONNECTRPC_VIEWS_MAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "connectrpc/views/repeated.h"

namespace connectrpc::views {

template <class K, class V>
struct MapEntry {
  K key{};
  V value{};
};

// The entries of a map field, each key once, in the order in which their last occurrences came. A value type that
// points to them; valid as long as the view that it is from.
//
// `find` compares keys one by one in small maps; large ones have a sorted index, so no choice of keys makes it slow.
template <class K, class V>
class Map final {
 public:
  using key_type = K;
  using mapped_type = V;
  using value_type = MapEntry<K, V>;
  using const_iterator = const MapEntry<K, V>*;
  using iterator = const_iterator;

  // Maps with more entries have an index.
  static constexpr size_t kLargestWithoutIndex = 16;

  constexpr Map() = default;

  size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  const_iterator begin() const noexcept { return entries_.begin(); }
  const_iterator end() const noexcept { return entries_.end(); }

  const_iterator find(const K& key) const noexcept {
    if (index_ == nullptr) {
      return std::find_if(begin(), end(), [&key](const value_type& entry) { return entry.key == key; });
    }
    const uint32_t* const index_end = index_ + size();
    const uint32_t* const found = std::lower_bound(
        index_, index_end, key, [this](uint32_t entry, const K& wanted) { return entries_[entry].key < wanted; });
    return found != index_end && entries_[*found].key == key ? begin() + *found : end();
  }
  bool contains(const K& key) const noexcept { return find(key) != end(); }
  // Null if there is no such key.
  const V* get(const K& key) const noexcept {
    const const_iterator found = find(key);
    return found == end() ? nullptr : &found->value;
  }

 private:
  friend class internal::Decoder;
  friend class internal::MapSettling;

  // One of 64 bits for a key: two keys with different bits are different. Cheap rather than good; a set in which no bit
  // is met twice needs no other look for equal keys.
  static uint64_t FilterBit(const K& key) {
    uint64_t mixed;
    if constexpr (std::is_same_v<K, std::string_view>) {
      const size_t size = key.size();
      mixed = size;
      if (size >= 8) {
        mixed += internal::LoadLittleEndian<uint64_t>(key.data() + size - 8);
      } else if (size >= 4) {
        mixed += internal::LoadLittleEndian<uint32_t>(key.data() + size - 4);
      } else if (size > 0) {
        mixed += static_cast<uint8_t>(key[size - 1]) * 256U + static_cast<uint8_t>(key[0]) * 65536U;
      }
    } else {
      mixed = static_cast<uint64_t>(key);
    }
    return uint64_t{1} << ((mixed * 0x9E3779B97F4A7C15U) >> 58);
  }

  Repeated<value_type> entries_;
  const uint32_t* index_ = nullptr;  // of entries_, sorted by key; null exactly in small maps
  uint64_t filter_ = 0;              // the bits of all keys
  bool unsettled_ = false;           // some keys may be equal, or the index is out of date
  bool settled_ = false;             // was settled before the last entries came
  bool waiting_ = false;             // will be settled when no more entries can come
};

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_MAP_H_
