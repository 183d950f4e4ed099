#ifndef CONNECTRPC_SRC_SERVER_LINKED_LIST_H_
#define CONNECTRPC_SRC_SERVER_LINKED_LIST_H_

namespace connectrpc::server {

// A queue that any element can leave: its elements hold the links, so nothing is allocated. `T` has the members `next_`
// and `previous_` for it and is in one list at a time.
template <class T>
class LinkedList final {
 public:
  bool empty() const { return first_ == nullptr; }
  T* first() const { return first_; }

  void PushBack(T* element) {
    element->next_ = nullptr;
    element->previous_ = last_;
    (last_ == nullptr ? first_ : last_->next_) = element;
    last_ = element;
  }

  void Remove(T* element) {
    (element->previous_ == nullptr ? first_ : element->previous_->next_) = element->next_;
    (element->next_ == nullptr ? last_ : element->next_->previous_) = element->previous_;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_LINKED_LIST_H_
