#ifndef CONNECTRPC_VIEWS_MAP_SETTLING_H_
#define CONNECTRPC_VIEWS_MAP_SETTLING_H_

#include <algorithm>
#include <cstdint>
#include <new>
#include <numeric>
#include <utility>

#include "connectrpc/views/element_builder.h"
#include "connectrpc/views/map.h"
#include "connectrpc/views/wire_reader.h"

namespace connectrpc::views::internal {

class MapSettling;

// A map that is to be settled later. It lies where it is until then: in an element whose parsing is not over, or in a
// message in the arena.
struct WaitingMap {
  const WaitingMap* previous;
  void* map;
  bool (*settle)(MapSettling* settling, void* map);
};

// Finishes maps whose entries are all there: leaves each key once, with its last value, and makes the index of a large
// map.
class MapSettling : public ElementBuilder {
 public:
  using ElementBuilder::ElementBuilder;

  // When an entry was put behind the others.
  template <class K, class V>
  void AddLast(Map<K, V>* map) {
    const uint64_t bit = Map<K, V>::FilterBit(map->entries_.data_[map->entries_.size_ - 1].key);
    if ((map->filter_ & bit) != 0 || map->size() > Map<K, V>::kLargestWithoutIndex) {
      map->unsettled_ = map->unsettled_ || IsUnsettledByLast(*map);
    }
    map->filter_ |= bit;
  }

  // When all entries of one occurrence of the message are there. False after an error.
  //
  // An occurrence that is merged into an earlier one may bring but one entry: a map that was settled before waits until
  // no other can come, or each of them would cost as much as the whole map.
  template <class K, class V>
  bool Settle(Map<K, V>* map) {
    if (CONNECTRPC_VIEWS_LIKELY(!map->unsettled_)) return true;
    return map->settled_ ? Wait(map) : SettleNow(map);
  }

  // When all is there. False after an error.
  bool SettleAll() { return SettleWaiting(nullptr); }

 protected:
  ~MapSettling() = default;

  // The last one, or null.
  const WaitingMap* waiting() const { return waiting_; }

  // Settles those that came after `outer`. False after an error.
  bool SettleWaiting(const WaitingMap* outer) {
    while (!CONNECTRPC_VIEWS_LIKELY(waiting_ == outer)) {
      const WaitingMap* const last = std::exchange(waiting_, waiting_->previous);
      if (!last->settle(this, last->map)) return false;
    }
    return true;
  }

 private:
  template <class K, class V>
  CONNECTRPC_VIEWS_OUT_OF_LINE static bool IsUnsettledByLast(const Map<K, V>& map) {
    if (map.size() > Map<K, V>::kLargestWithoutIndex) return true;
    const auto* const last = map.end() - 1;
    return std::any_of(map.begin(), last, [last](const auto& entry) { return entry.key == last->key; });
  }

  template <class K, class V>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool Wait(Map<K, V>* map) {
    if (map->waiting_) return true;
    void* const memory = Take(sizeof(WaitingMap), begin());
    if (memory == nullptr) return false;
    const auto settle = [](MapSettling* settling, void* waiting) {
      return settling->SettleNow(static_cast<Map<K, V>*>(waiting));
    };
    waiting_ = new (memory) WaitingMap{waiting_, map, settle};
    map->waiting_ = true;
    return true;
  }

  template <class K, class V>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool SettleNow(Map<K, V>* map) {
    map->index_ = nullptr;
    if (map->size() <= Map<K, V>::kLargestWithoutIndex) {
      SettleSmall(map);
    } else {
      void* const index = Take(map->size() * sizeof(uint32_t), begin());
      if (index == nullptr) return false;
      SettleLarge(map, static_cast<uint32_t*>(index));
    }
    map->unsettled_ = false;
    map->settled_ = true;
    map->waiting_ = false;
    return true;
  }

  template <class K, class V>
  static void SettleSmall(Map<K, V>* map) {
    auto& entries = map->entries_;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < entries.size_; ++i) {
      const auto& key = entries.data_[i].key;
      const auto* const later = std::find_if(entries.data_ + i + 1, entries.data_ + entries.size_,
                                             [&key](const auto& other) { return other.key == key; });
      if (later == entries.data_ + entries.size_) entries.data_[kept++] = entries.data_[i];
    }
    entries.size_ = kept;
  }

  template <class K, class V>
  static void SettleLarge(Map<K, V>* map, uint32_t* order) {
    auto& entries = map->entries_;
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
    if (kept > Map<K, V>::kLargestWithoutIndex) map->index_ = order;
  }

  const WaitingMap* waiting_ = nullptr;
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_MAP_SETTLING_H_
