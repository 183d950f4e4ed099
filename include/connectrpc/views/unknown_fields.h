#ifndef CONNECTRPC_VIEWS_UNKNOWN_FIELDS_H_
#define CONNECTRPC_VIEWS_UNKNOWN_FIELDS_H_

#include <climits>
#include <cstddef>
#include <string_view>

#include "connectrpc/views/repeated.h"
#include "connectrpc/views/wire_record.h"

namespace connectrpc::views {

// The fields of a message that its type does not know, as they came: tags and values. Extensions are among them, and
// values that a closed enum does not have. A value type; valid as long as the view that it is from.
//
//   for (const UnknownField& field : view.unknown_fields()) ...  // each record, in the order in which they came
class UnknownFields final {
 public:
  using value_type = UnknownField;
  using const_iterator = WireRecords::Iterator;
  using iterator = const_iterator;

  constexpr UnknownFields() = default;
  explicit UnknownFields(const Repeated<std::string_view>* pieces) {
    if (pieces != nullptr) pieces_ = *pieces;
  }

  bool empty() const noexcept { return pieces_.empty(); }
  const_iterator begin() const noexcept {
    return const_iterator({}, pieces_.begin(), pieces_.end(), INT_MAX);  // parsing has checked how deep groups nest
  }
  const_iterator end() const noexcept { return {}; }

  // Whole records, one or more in each piece. Joined in this order they are what was not known.
  const Repeated<std::string_view>& pieces() const noexcept { return pieces_; }
  size_t total_size() const noexcept {
    size_t total = 0;
    for (const std::string_view piece : pieces_) total += piece.size();
    return total;
  }

 private:
  Repeated<std::string_view> pieces_;
};

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_UNKNOWN_FIELDS_H_
