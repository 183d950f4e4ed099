#ifndef CONNECTRPC_SRC_TRANSPORT_SPARE_LIST_H_
#define CONNECTRPC_SRC_TRANSPORT_SPARE_LIST_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace connectrpc::transport {

// Objects of one kind that a loop uses again and again. Lives on the loop's thread.
template <class T>
class SpareList final {
 public:
  // Kept at most; more are freed, so that a burst does not hold memory for ever.
  static constexpr size_t kMaxSpare = 256;

  // A new object, or a cleared one.
  std::unique_ptr<T> Take() {
    if (spare_.empty()) return std::make_unique<T>();
    std::unique_ptr<T> object = std::move(spare_.back());
    spare_.pop_back();
    return object;
  }
  void Give(std::unique_ptr<T> object) {
    if (spare_.size() == kMaxSpare) return;
    object->Clear();
    spare_.push_back(std::move(object));
  }

 private:
  std::vector<std::unique_ptr<T>> spare_;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_SPARE_LIST_H_
