#ifndef CONNECTRPC_VIEWS_VIEW_H_
#define CONNECTRPC_VIEWS_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "connectrpc/version.h"
#include "connectrpc/views/arena.h"
#include "connectrpc/views/decoder.h"
#include "connectrpc/views/encoder.h"
#include "connectrpc/views/equals.h"
#include "connectrpc/views/map.h"
#include "connectrpc/views/parse.h"
#include "connectrpc/views/parse_options.h"
#include "connectrpc/views/repeated.h"
#include "connectrpc/views/table.h"
#include "connectrpc/views/unknown_fields.h"

// What generated views (x.view.pb.h) include: the runtime, which needs nothing but the standard library.

// Tells compilers that know it that a result must not outlive an argument.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define CONNECTRPC_LIFETIME_BOUND [[clang::lifetimebound]]
#endif
#endif
#ifndef CONNECTRPC_LIFETIME_BOUND
#define CONNECTRPC_LIFETIME_BOUND
#endif
// Likewise: that a class owns what it gives access to.
#if defined(__clang__)
#define CONNECTRPC_OWNER(type) [[gsl::Owner(type)]]
#else
#define CONNECTRPC_OWNER(type)
#endif

namespace connectrpc::views::internal {

// What accessors of messages return.
template <class View>
const View& OrDefault(const View* view) noexcept {
  static constexpr View kDefault{};
  return view != nullptr ? *view : kDefault;
}

// Enables an overload for temporary strings alone, which views must not point into.
template <class T>
using IfTemporaryString = std::enable_if_t<std::is_same_v<T, std::string>, int>;

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_VIEW_H_
