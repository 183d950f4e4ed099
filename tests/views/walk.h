#ifndef CONNECTRPC_TESTS_VIEWS_WALK_H_
#define CONNECTRPC_TESTS_VIEWS_WALK_H_

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "imported.view.pb.h"

// Reads all that accessors give, each byte of it, for sanitizers to see.
namespace connectrpc::views::testing {

class Walker final {
 public:
  // Of all that was read. Different for messages that differ in one value.
  uint64_t sum() const { return sum_; }

  bool maps_find_their_keys() const { return maps_find_their_keys_; }

  template <class... Values>
  void All(const Values&... values) {
    (One(values), ...);
  }

 private:
  template <class T>
  void One(const T& value) {
    if constexpr (std::is_class_v<T>) {
      Walk(value, this);
    } else {
      uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof(value));
      Mix(bits);
    }
  }
  void One(const std::string_view& text) {
    Mix(text.size());
    for (const char c : text) Mix(static_cast<unsigned char>(c));
  }
  template <class T>
  void One(const Repeated<T>& elements) {
    Mix(elements.size());
    for (const T& element : elements) One(element);
  }
  template <class T>
  void One(const FixedRepeated<T>& elements) {
    Mix(elements.size());
    for (const T element : elements) One(element);
    for (size_t i = elements.size(); i-- > 0;) One(elements[i]);
  }
  template <class K, class V>
  void One(const Map<K, V>& map) {
    Mix(map.size());
    for (const auto& [key, value] : map) {
      All(key, value);
      maps_find_their_keys_ &= map.get(key) == &value;
    }
  }
  void One(const UnknownFields& unknown) {
    Mix(unknown.total_size());
    One(unknown.pieces());
  }
  void Mix(uint64_t bits) { sum_ = (sum_ ^ bits) * 0x100000001B3U + (sum_ >> 47); }

  uint64_t sum_ = 0xCBF29CE484222325U;
  bool maps_find_their_keys_ = true;
};

void Walk(const ::views::test::ImportedView& v, Walker* walker);
void Walk(const ::views::test::EmptyView& v, Walker* walker);
void Walk(const ::views::test::Everything3_NestedView& v, Walker* walker);
void Walk(const ::views::test::Everything3View& v, Walker* walker);
void Walk(const ::views::test::Everything2_NestedView& v, Walker* walker);
void Walk(const ::views::test::Everything2View& v, Walker* walker);
void Walk(const ::views::test::Everything2_FGroupView& v, Walker* walker);
void Walk(const ::views::test::Everything2_RGroupView& v, Walker* walker);
void Walk(const ::views::test::Everything2_CGroupView& v, Walker* walker);
void Walk(const ::views::test::RequiredView& v, Walker* walker);

inline void Walk(const ::views::test::ImportedView& v, Walker* walker) {
  walker->All(v.text(), v.more(), v.unknown_fields());
}
inline void Walk(const ::views::test::EmptyView& v, Walker* walker) {
  walker->All(v.unknown_fields());
}
inline void Walk(const ::views::test::Everything3_NestedView& v, Walker* walker) {
  walker->All(v.number(), v.text(), v.children(), v.unknown_fields());
  if (v.has_parent()) walker->All(v.parent());
}
inline void Walk(const ::views::test::Everything3View& v, Walker* walker) {
  walker->All(v.f_double(), v.f_float(), v.f_int64(), v.f_uint64(), v.f_int32(), v.f_fixed64(), v.f_fixed32(),
              v.f_bool(), v.f_string(), v.f_bytes(), v.f_uint32(), v.f_enum(), v.f_sfixed32(), v.f_sfixed64(),
              v.f_sint32(), v.f_sint64(), v.o_double(), v.o_int64(), v.o_int32(), v.o_fixed32(), v.o_bool(),
              v.o_string(), v.o_bytes(), v.o_enum(), v.o_sint64(), v.r_double(), v.r_float(), v.r_int64(), v.r_uint64(),
              v.r_int32(), v.r_fixed64(), v.r_fixed32(), v.r_bool(), v.r_string(), v.r_message(), v.r_bytes(),
              v.r_uint32(), v.r_enum(), v.r_sfixed32(), v.r_sfixed64(), v.r_sint32(), v.r_sint64(), v.r_unpacked(),
              v.r_unpacked_fixed32(), v.m_int32(), v.m_string(), v.m_bytes(), v.m_message(), v.m_enum(), v.m_fixed32(),
              v.m_imported(), v.m_self(), v.choice_case(), v.c_double(), v.c_int32(), v.c_bool(), v.c_string(),
              v.c_bytes(), v.c_enum(), v.c_sfixed64(), v.two_byte_tag(), v.three_byte_tag(), v.last(),
              v.unknown_fields());
  if (v.has_f_message()) walker->All(v.f_message());
  if (v.has_f_imported()) walker->All(v.f_imported());
  if (v.has_o_message()) walker->All(v.o_message());
  if (v.has_c_message()) walker->All(v.c_message());
  if (v.has_c_imported()) walker->All(v.c_imported());
  if (v.has_self()) walker->All(v.self());
  if (v.has_empty()) walker->All(v.empty());
}
inline void Walk(const ::views::test::Everything2_NestedView& v, Walker* walker) {
  walker->All(v.number(), v.text(), v.children(), v.unknown_fields());
}
inline void Walk(const ::views::test::Everything2View& v, Walker* walker) {
  walker->All(v.f_double(), v.f_float(), v.f_int64(), v.f_uint64(), v.f_int32(), v.f_fixed64(), v.f_fixed32(),
              v.f_bool(), v.f_string(), v.f_bytes(), v.f_uint32(), v.f_enum(), v.f_sfixed32(), v.f_sfixed64(),
              v.f_sint32(), v.f_sint64(), v.r_double(), v.r_int64(), v.r_int32(), v.r_fixed64(), v.r_bool(),
              v.r_string(), v.r_message(), v.r_enum(), v.r_packed_enum(), v.rgroup(), v.m_enum(), v.m_message(),
              v.choice_case(), v.c_int32(), v.c_string(), v.c_enum(), v.unknown_fields());
  if (v.has_f_message()) walker->All(v.f_message());
  if (v.has_f_imported()) walker->All(v.f_imported());
  if (v.has_fgroup()) walker->All(v.fgroup());
  if (v.has_c_message()) walker->All(v.c_message());
  if (v.has_cgroup()) walker->All(v.cgroup());
  if (v.has_self()) walker->All(v.self());
}
inline void Walk(const ::views::test::Everything2_FGroupView& v, Walker* walker) {
  walker->All(v.number(), v.texts(), v.unknown_fields());
  if (v.has_inner()) walker->All(v.inner());
}
inline void Walk(const ::views::test::Everything2_RGroupView& v, Walker* walker) {
  walker->All(v.text(), v.unknown_fields());
}
inline void Walk(const ::views::test::Everything2_CGroupView& v, Walker* walker) {
  walker->All(v.number(), v.unknown_fields());
}
inline void Walk(const ::views::test::RequiredView& v, Walker* walker) {
  walker->All(v.number(), v.text(), v.more(), v.by_number(), v.choice_case(), v.unknown_fields());
  if (v.has_self()) walker->All(v.self());
  if (v.has_chosen()) walker->All(v.chosen());
}

}  // namespace connectrpc::views::testing

#endif  // CONNECTRPC_TESTS_VIEWS_WALK_H_
