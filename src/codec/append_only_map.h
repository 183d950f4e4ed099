#ifndef CONNECTRPC_SRC_CODEC_APPEND_ONLY_MAP_H_
#define CONNECTRPC_SRC_CODEC_APPEND_ONLY_MAP_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

namespace connectrpc::codec {

// A hash map that is read on every call and grows only while a program warms up: finding takes no lock, entries never
// move and live as long as the map. Meant for up to some thousand entries. Safe to use from any thread.
template <class Key, class Value>
class AppendOnlyMap {
 public:
  AppendOnlyMap() = default;
  AppendOnlyMap(const AppendOnlyMap&) = delete;
  AppendOnlyMap& operator=(const AppendOnlyMap&) = delete;
  ~AppendOnlyMap() {
    for (std::atomic<Node*>& bucket : buckets_) {
      for (Node* node = bucket.load(std::memory_order_relaxed); node != nullptr;)
        delete std::exchange(node, node->next);
    }
  }

  // Null where the key is missing.
  const Value* Find(const Key& key) const {
    // Pairs with the release in Insert: whoever sees a node sees what it holds.
    const Node* node = buckets_[BucketOf(key)].load(std::memory_order_acquire);
    while (node != nullptr && !(node->key == key)) node = node->next;
    return node == nullptr ? nullptr : &node->value;
  }

  // Calls `f` with every value there is by now, in no order.
  template <class F>
  void ForEach(F&& f) const {
    for (const std::atomic<Node*>& bucket : buckets_) {
      for (const Node* node = bucket.load(std::memory_order_acquire); node != nullptr; node = node->next)
        f(node->value);
    }
  }

  // Returns the entry of that key: where another thread came first, it is that thread's.
  const Value& Insert(const Key& key, Value value) {
    std::lock_guard<std::mutex> lock(insert_mutex_);
    if (const Value* present = Find(key)) return *present;
    std::atomic<Node*>& bucket = buckets_[BucketOf(key)];
    Node* node = new Node{key, std::move(value), bucket.load(std::memory_order_relaxed)};
    bucket.store(node, std::memory_order_release);
    return node->value;
  }

 private:
  struct Node {
    Key key;
    Value value;
    Node* next;
  };

  static constexpr int kBucketBits = 8;

  static size_t BucketOf(const Key& key) {
    // std::hash of a pointer is the pointer, whose low bits say little: Fibonacci hashing takes the high bits.
    return static_cast<size_t>((uint64_t{std::hash<Key>()(key)} * 0x9e3779b97f4a7c15u) >> (64 - kBucketBits));
  }

  std::array<std::atomic<Node*>, size_t{1} << kBucketBits> buckets_ = {};
  std::mutex insert_mutex_;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_APPEND_ONLY_MAP_H_
