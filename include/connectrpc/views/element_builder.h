#ifndef CONNECTRPC_VIEWS_ELEMENT_BUILDER_H_
#define CONNECTRPC_VIEWS_ELEMENT_BUILDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

#include "connectrpc/views/arena.h"
#include "connectrpc/views/parse_options.h"
#include "connectrpc/views/repeated.h"
#include "connectrpc/views/wire_reader.h"

namespace connectrpc::views::internal {

// Makes what parsing builds beside the message's own bytes, in an arena and within the limit for it. `at` is where in
// the message that was asked for.
//
// All memory is charged before it is taken, room that is not used yet and arrays that were outgrown included: what the
// arena holds is never more than the limit, but for the outermost view and numbers that came packed in one piece.
class ElementBuilder : public WireReader {
 public:
  ElementBuilder(std::string_view bytes, const ParseOptions& options, Arena* arena)
      : WireReader(bytes),
        arena_(arena),
        element_bytes_left_(std::min(options.max_element_bytes, SIZE_MAX / 4)),
        foreseen_left_(std::min(2 * bytes.size(), kMostForeseen)) {}

  // Free of charge. Null after an error.
  template <class View>
  View* New(const char* at) {
    void* const memory = TakeFree(sizeof(View), at);
    return memory != nullptr ? Construct<View>(memory) : nullptr;
  }

 protected:
  ~ElementBuilder() = default;

  // Memory against the limit, or null after an error.
  void* Take(size_t size, const char* at) {
    const size_t rounded = RoundUp(size);
    if (rounded > element_bytes_left_) {
      Fail(ParseError::Kind::kElementBytes, at);
      return nullptr;
    }
    element_bytes_left_ -= rounded;
    return TakeFree(size, at);
  }

  // An object of its own, unless there is one. False after an error.
  template <class T>
  bool Make(T** object, const char* at) {
    if (*object != nullptr) return true;
    void* const memory = Take(sizeof(T), at);
    if (memory == nullptr) return false;
    *object = Construct<T>(memory);
    return true;
  }

  // A new element at the end, or null after an error.
  template <class T>
  T* Add(Repeated<T>* elements, const char* at) {
    if (elements->size_ == elements->capacity_ && !Grow(elements, 1, 1, at)) return nullptr;
    T* const element = Construct<T>(elements->data_ + elements->size_);
    elements->size_ += 1;
    return element;
  }

  // The same of messages and entries of maps. The element has `length` bytes, and what may hold others like it has
  // `rest` bytes.
  template <class View>
  View* AddMessage(Repeated<View>* elements, size_t length, size_t rest, const char* at) {
    if (elements->size_ == elements->capacity_ && !GrowForMessages(elements, length, rest, at)) return nullptr;
    View* const element = Construct<View>(elements->data_ + elements->size_);
    elements->size_ += 1;
    return element;
  }

  // Room for numbers that come packed, `more` of them, one at least, behind those that there are; null after an error.
  // Most fields have them in one piece, which costs nothing.
  template <class T>
  T* MakeRoom(Repeated<T>* elements, size_t more, const char* at) {
    if (elements->capacity_ == 0) {
      if (more > SIZE_MAX / 2 / sizeof(T)) {
        Fail(ParseError::Kind::kOutOfMemory, at);
        return nullptr;
      }
      return static_cast<T*>(TakeFree(more * sizeof(T), at));
    }
    const size_t wanted = elements->size_ + more;
    if (wanted > elements->capacity_ && !Grow(elements, more, more, at)) return nullptr;
    return elements->data_ + elements->size_;
  }
  template <class T>
  bool Reserve(Repeated<T>* elements, size_t more, const char* at) {
    T* const room = MakeRoom(elements, more, at);
    if (room == nullptr) return false;
    if (elements->capacity_ == 0) {
      elements->data_ = room;
      elements->capacity_ = static_cast<uint32_t>(more);
    }
    return true;
  }
  // Makes what lies in such room up to `end` the last elements, and gives back the rest, if nothing was asked for in
  // between.
  template <class T>
  void UseRoom(T* room, T* end, Repeated<T>* elements) {
    if (elements->capacity_ != 0) {
      elements->size_ = static_cast<uint32_t>(end - elements->data_);
      return;
    }
    elements->data_ = room;
    elements->size_ = elements->capacity_ = static_cast<uint32_t>(end - room);
    arena_->ShortenTo(end);
  }

  // Elements that do not lie in one piece are copied to where they do.
  template <class T>
  CONNECTRPC_VIEWS_OUT_OF_LINE const char* AppendFixedBytes(const char* p, size_t length, FixedRepeated<T>* elements) {
    const size_t used = elements->size_ * sizeof(T);
    const size_t room = elements->capacity_ * sizeof(T);
    if (used + length > room) {
      const size_t bytes = std::max({used + length, 2 * room, size_t{32}});
      auto* const memory = static_cast<char*>(Take(bytes, p));
      if (memory == nullptr) return nullptr;
      if (used != 0) std::memcpy(memory, elements->data_, used);
      elements->data_ = memory;
      elements->capacity_ = static_cast<uint32_t>(bytes / sizeof(T));
    }
    std::memcpy(const_cast<char*>(elements->data_) + used, p, length);  // the arena's, as there is a capacity
    elements->size_ += static_cast<uint32_t>(length / sizeof(T));
    return p + length;
  }

 private:
  static constexpr size_t kMostForeseen = size_t{64} << 10;
  static constexpr size_t kPad = Arena::kAlignment - 1;
  static constexpr size_t RoundUp(size_t size) { return (size + kPad) & ~kPad; }

  // Of classes, all members have initializers: `()` would have all bytes be set to zero before.
  template <class T>
  static T* Construct(void* memory) {
    if constexpr (std::is_class_v<T>) {
      return new (memory) T;
    } else {
      return new (memory) T();
    }
  }

  void* TakeFree(size_t size, const char* at) {
    void* const memory = arena_->Allocate(size);
    if (memory == nullptr) Fail(ParseError::Kind::kOutOfMemory, at);
    return memory;
  }

  // Elements that have memory made for themselves cannot grow where they lie, so room for as many as there may be is
  // made at once; in all messages together for no more than twice the bytes that the whole message has, of which each
  // array may have half of what is left.
  template <class View>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool GrowForMessages(Repeated<View>* elements, size_t length, size_t rest,
                                                    const char* at) {
    size_t foreseen = 1;
    if (elements->capacity_ == 0) {
      constexpr size_t kTagAndLength = 2;
      foreseen = std::min(rest / (length + kTagAndLength), foreseen_left_ / 2 / sizeof(View));
      foreseen_left_ -= foreseen * sizeof(View);
    }
    return Grow(elements, 1, foreseen, at);
  }

  // Makes room for `more` elements: for twice as many as there was room for, for as many as were foreseen, or for as
  // many as the limit allows. What that costs does not depend on whether the arena could let them lie where they are.
  template <class T>
  CONNECTRPC_VIEWS_OUT_OF_LINE bool Grow(Repeated<T>* elements, size_t more, size_t foreseen, const char* at) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= Arena::kAlignment);
    constexpr size_t kFirst = sizeof(T) >= 64 ? 1 : 64 / sizeof(T);
    const size_t old_size = RoundUp(elements->capacity_ * sizeof(T));
    const size_t released = old_size > Arena::kLargestStep ? old_size : 0;
    const size_t affordable = ((element_bytes_left_ + released) & ~kPad) / sizeof(T);
    if (elements->size_ + more > affordable) {
      Fail(ParseError::Kind::kElementBytes, at);
      return false;
    }
    const size_t desired =
        std::max({elements->size_ + std::max(more, foreseen), 2 * size_t{elements->capacity_}, kFirst});
    const size_t capacity = std::min({desired, affordable, size_t{UINT32_MAX}});
    const size_t size = RoundUp(capacity * sizeof(T));
    element_bytes_left_ -= size - released;
    char* const old = reinterpret_cast<char*>(elements->data_);
    if (old == nullptr || !arena_->Extend(old + old_size, size - old_size)) {
      void* const memory = TakeFree(size, at);
      if (memory == nullptr) return false;
      if (old != nullptr) {
        std::memcpy(memory, old, elements->size_ * sizeof(T));
        arena_->Release(old, old_size);
      }
      elements->data_ = static_cast<T*>(memory);
    }
    elements->capacity_ = static_cast<uint32_t>(capacity);
    return true;
  }

  Arena* const arena_;
  size_t element_bytes_left_;
  size_t foreseen_left_;
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_ELEMENT_BUILDER_H_
