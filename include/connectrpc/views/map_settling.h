#ifndef CONNECTRPC_VIEWS_MAP_SETTLING_H_
#define CONNECTRPC_VIEWS_MAP_SETTLING_H_

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "connectrpc/views/arena.h"
#include "connectrpc/views/map.h"
#include "connectrpc/views/wire_reader.h"

namespace connectrpc::views::internal {

// Finishes maps whose entries are all there.
class MapSettling final {
 public:
  // Leaves each key once, with its last value, and makes the index of a large map. False if there is no memory for it.
  template <class K, class V>
  static bool Settle(Map<K, V>* map, Arena* arena) {
    if (CONNECTRPC_VIEWS_LIKELY(!map->unsettled_)) return true;
    if (map->size() > Map<K, V>::kLargestWithoutIndex) return SettleLarge(map, arena);
    SettleSmall(map);
    return true;
  }

 private:
  template <class K, class V>
  CONNECTRPC_VIEWS_OUT_OF_LINE static void SettleSmall(Map<K, V>* map) {
    auto& entries = map->entries_;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < entries.size_; ++i) {
      const auto& key = entries.data_[i].key;
      const auto* const later = std::find_if(entries.data_ + i + 1, entries.data_ + entries.size_,
                                             [&key](const auto& other) { return other.key == key; });
      if (later == entries.data_ + entries.size_) entries.data_[kept++] = entries.data_[i];
    }
    entries.size_ = kept;
    map->unsettled_ = false;
  }

  template <class K, class V>
  CONNECTRPC_VIEWS_OUT_OF_LINE static bool SettleLarge(Map<K, V>* map, Arena* arena) {
    auto& entries = map->entries_;
    auto* const order = static_cast<uint32_t*>(arena->Allocate(entries.size_ * sizeof(uint32_t)));
    if (order == nullptr) return false;
    const uint32_t count = entries.size_;
    const auto by_key = [&entries](uint32_t a, uint32_t b) {
      if (entries.data_[a].key < entries.data_[b].key) return true;
      return !(entries.data_[b].key < entries.data_[a].key) && a < b;
    };
    std::iota(order, order + count, 0U);
    std::sort(order, order + count, by_key);
    // Of equal keys, which now lie side by side, the last one stays.
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const bool overwritten = i + 1 < count && entries.data_[order[i]].key == entries.data_[order[i + 1]].key;
      if (!overwritten) order[kept++] = order[i];
    }
    if (kept != count) {
      std::sort(order, order + kept);
      for (uint32_t i = 0; i < kept; ++i) entries.data_[i] = entries.data_[order[i]];
      entries.size_ = kept;
      std::iota(order, order + kept, 0U);
      std::sort(order, order + kept, by_key);
    }
    map->index_ = order;
    map->unsettled_ = false;
    return true;
  }
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_MAP_SETTLING_H_
