#ifndef CONNECTRPC_VIEWS_REPEATED_H_
#define CONNECTRPC_VIEWS_REPEATED_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <type_traits>
#include <utility>

namespace connectrpc::views {
namespace internal {

class Decoder;
class ElementBuilder;
class MapSettling;

// Reads a little-endian number that may lie anywhere.
template <class T>
inline T LoadLittleEndian(const char* data) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  char reversed[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) reversed[i] = data[sizeof(T) - 1 - i];
  data = reversed;
#endif
  T value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

}  // namespace internal

// The elements of a repeated field: numbers, strings, or views. A value type that points to them; valid as long as the
// view that it is from.
template <class T>
class Repeated final {
 public:
  using value_type = T;
  using const_iterator = const T*;
  using iterator = const_iterator;

  constexpr Repeated() = default;

  size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }
  const T* data() const noexcept { return data_; }
  // `index` below size().
  const T& operator[](size_t index) const noexcept { return data_[index]; }

 private:
  friend class internal::Decoder;
  friend class internal::ElementBuilder;
  friend class internal::MapSettling;

  T* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

// The elements of a repeated field of numbers with a fixed width (fixed32, sfixed64, double ...). Where they came
// packed in one piece, as they do, they are read out of the message's own bytes. A value type; valid as long as the
// view that it is from.
template <class T>
class FixedRepeated final {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));

 public:
  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = T;

    constexpr Iterator() = default;
    T operator*() const noexcept { return internal::LoadLittleEndian<T>(at_); }
    T operator[](difference_type n) const noexcept { return *(*this + n); }
    Iterator& operator++() noexcept { return *this += 1; }
    Iterator operator++(int) noexcept { return Iterator(std::exchange(at_, at_ + sizeof(T))); }
    Iterator& operator--() noexcept { return *this -= 1; }
    Iterator operator--(int) noexcept { return Iterator(std::exchange(at_, at_ - sizeof(T))); }
    Iterator& operator+=(difference_type n) noexcept {
      at_ += n * kWidth;
      return *this;
    }
    Iterator& operator-=(difference_type n) noexcept { return *this += -n; }
    friend Iterator operator+(Iterator it, difference_type n) noexcept { return it += n; }
    friend Iterator operator+(difference_type n, Iterator it) noexcept { return it += n; }
    friend Iterator operator-(Iterator it, difference_type n) noexcept { return it -= n; }
    friend difference_type operator-(Iterator a, Iterator b) noexcept { return (a.at_ - b.at_) / kWidth; }
    friend bool operator==(Iterator a, Iterator b) noexcept { return a.at_ == b.at_; }
    friend bool operator!=(Iterator a, Iterator b) noexcept { return a.at_ != b.at_; }
    friend bool operator<(Iterator a, Iterator b) noexcept { return a.at_ < b.at_; }
    friend bool operator>(Iterator a, Iterator b) noexcept { return b < a; }
    friend bool operator<=(Iterator a, Iterator b) noexcept { return !(b < a); }
    friend bool operator>=(Iterator a, Iterator b) noexcept { return !(a < b); }

   private:
    friend class FixedRepeated;
    static constexpr difference_type kWidth = sizeof(T);
    explicit Iterator(const char* at) : at_(at) {}
    const char* at_ = nullptr;
  };
  using value_type = T;
  using const_iterator = Iterator;
  using iterator = Iterator;

  constexpr FixedRepeated() = default;

  size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  Iterator begin() const noexcept { return Iterator(data_); }
  Iterator end() const noexcept { return Iterator(data_ + size_ * sizeof(T)); }
  // `index` below size().
  T operator[](size_t index) const noexcept { return internal::LoadLittleEndian<T>(data_ + index * sizeof(T)); }
  // The elements as they are on the wire, little-endian and packed, at no particular alignment; size() * sizeof(T)
  // bytes.
  const char* wire_data() const noexcept { return data_; }

 private:
  friend class internal::Decoder;
  friend class internal::ElementBuilder;

  const char* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;  // 0: the elements are the message's own bytes
};

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_REPEATED_H_
