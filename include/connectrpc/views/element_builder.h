#ifndef CONNECTRPC_VIEWS_ELEMENT_BUILDER_H_
#define CONNECTRPC_VIEWS_ELEMENT_BUILDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#include "connectrpc/views/arena.h"
#include "connectrpc/views/parse_options.h"
#include "connectrpc/views/repeated.h"
#include "connectrpc/views/wire_reader.h"

namespace connectrpc::views::internal {

// Makes what parsing builds beside the message's own bytes, in an arena and within the limit for it. `at` is where in
// the message that was asked for.
class ElementBuilder : public WireReader {
 public:
  ElementBuilder(const char* begin, const ParseOptions& options, Arena* arena)
      : WireReader(begin), arena_(arena), element_bytes_left_(options.max_element_bytes) {}

  // Free of charge. Null after an error.
  template <class View>
  View* New(const char* at) {
    void* const memory = arena_->Allocate(sizeof(View));
    if (memory == nullptr) {
      Fail(ParseError::Kind::kOutOfMemory, at);
      return nullptr;
    }
    return new (memory) View();
  }

 protected:
  ~ElementBuilder() = default;

  Arena* arena() { return arena_; }

  bool Charge(size_t bytes, const char* at) {
    if (bytes > element_bytes_left_) {
      Fail(ParseError::Kind::kElementBytes, at);
      return false;
    }
    element_bytes_left_ -= bytes;
    return true;
  }

  // An object of its own, unless there is one. False after an error.
  template <class View>
  bool Make(View** view, const char* at) {
    if (*view != nullptr) return true;
    if (!Charge(sizeof(View), at)) return false;
    *view = New<View>(at);
    return *view != nullptr;
  }

  // A new element at the end, or null after an error.
  template <class T>
  T* Add(Repeated<T>* elements, bool charged, const char* at) {
    if (charged && !Charge(sizeof(T), at)) return nullptr;
    if (elements->size_ == elements->capacity_ && !Grow(elements, size_t{elements->size_} + 1, at)) return nullptr;
    T* const element = new (elements->data_ + elements->size_) T();
    elements->size_ += 1;
    return element;
  }

  template <class T>
  bool Reserve(Repeated<T>* elements, size_t more, const char* at) {
    const size_t wanted = elements->size_ + more;
    return wanted <= elements->capacity_ || Grow(elements, wanted, at);
  }

  // Elements that do not lie in one piece are copied to where they do.
  template <class T>
  const char* AppendFixedBytes(const char* p, size_t length, FixedRepeated<T>* elements) {
    const size_t used = elements->size_ * sizeof(T);
    const size_t room = elements->capacity_ * sizeof(T);
    if (used + length > room) {
      const size_t bytes = std::max({used + length, 2 * room, size_t{64}});
      auto* const memory = static_cast<char*>(arena_->Allocate(bytes));
      if (memory == nullptr) return Fail(ParseError::Kind::kOutOfMemory, p);
      if (used != 0) std::memcpy(memory, elements->data_, used);
      elements->data_ = memory;
      elements->capacity_ = static_cast<uint32_t>(bytes / sizeof(T));
    }
    std::memcpy(const_cast<char*>(elements->data_) + used, p, length);  // the arena's, as there is a capacity
    elements->size_ += static_cast<uint32_t>(length / sizeof(T));
    return p + length;
  }

 private:
  // Makes room for `wanted` elements at least, and at least twice as many as there was room for.
  template <class T>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool Grow(Repeated<T>* elements, size_t wanted, const char* at) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= Arena::kAlignment);
    constexpr size_t kFirst = sizeof(T) >= 128 ? 1 : 128 / sizeof(T);
    constexpr size_t kMost = SIZE_MAX / 2 / sizeof(T);
    const size_t old_bytes = elements->capacity_ * sizeof(T);
    const size_t capacity =
        elements->capacity_ == 0 && wanted == 1 ? kFirst : std::max(wanted, 2 * size_t{elements->capacity_});
    if (capacity > kMost || capacity > UINT32_MAX) {
      Fail(ParseError::Kind::kOutOfMemory, at);
      return false;
    }
    constexpr size_t kPad = Arena::kAlignment - 1;
    const size_t bytes = (capacity * sizeof(T) + kPad) & ~kPad;
    const size_t old_end = (old_bytes + kPad) & ~kPad;
    char* const old = reinterpret_cast<char*>(elements->data_);
    if (old == nullptr || !arena_->Extend(old + old_end, bytes - old_end)) {
      void* const memory = arena_->Allocate(bytes);
      if (memory == nullptr) {
        Fail(ParseError::Kind::kOutOfMemory, at);
        return false;
      }
      if (old != nullptr) {
        std::memcpy(memory, old, elements->size_ * sizeof(T));
        arena_->Release(old, old_end);
      }
      elements->data_ = static_cast<T*>(memory);
    }
    elements->capacity_ = static_cast<uint32_t>(capacity);
    return true;
  }

  Arena* const arena_;
  size_t element_bytes_left_;
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_ELEMENT_BUILDER_H_
