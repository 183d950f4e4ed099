#ifndef CONNECTRPC_SRC_NET_HANDLER_MEMORY_H_
#define CONNECTRPC_SRC_NET_HANDLER_MEMORY_H_

#include <cstddef>
#include <new>

namespace connectrpc::net {

// Room for one pending Asio operation inside its owner: Asio keeps memory of its own only for operations that start
// inside one of its handlers, and ours start at the end of a turn. A second operation, or a large one, goes to the
// heap.
class HandlerMemory {
 public:
  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  void* Allocate(size_t size) {
    if (in_use_ || size > sizeof(storage_)) return ::operator new(size);
    in_use_ = true;
    return storage_;
  }
  void Deallocate(void* memory) {
    if (memory == storage_) {
      in_use_ = false;
    } else {
      ::operator delete(memory);
    }
  }

 private:
  alignas(std::max_align_t) unsigned char storage_[160];
  bool in_use_ = false;
};

// The allocator of a handler whose operation lives in a HandlerMemory.
template <class T = void>
class HandlerAllocator {
 public:
  using value_type = T;

  explicit HandlerAllocator(HandlerMemory* memory) : memory_(memory) {}
  template <class U>
  HandlerAllocator(const HandlerAllocator<U>& other) : memory_(other.memory_) {}  // NOLINT: conversion is the purpose

  T* allocate(size_t count) { return static_cast<T*>(memory_->Allocate(count * sizeof(T))); }
  void deallocate(T* memory, size_t) { memory_->Deallocate(memory); }

  template <class U>
  bool operator==(const HandlerAllocator<U>& other) const {
    return memory_ == other.memory_;
  }
  template <class U>
  bool operator!=(const HandlerAllocator<U>& other) const {
    return memory_ != other.memory_;
  }

 private:
  template <class>
  friend class HandlerAllocator;
  HandlerMemory* memory_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_HANDLER_MEMORY_H_
