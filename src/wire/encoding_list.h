#ifndef CONNECTRPC_SRC_WIRE_ENCODING_LIST_H_
#define CONNECTRPC_SRC_WIRE_ENCODING_LIST_H_

#include <string_view>

namespace connectrpc::wire {

// One element of an Accept-Encoding or grpc-accept-encoding value.
struct AcceptedEncoding {
  static constexpr int kMaxWeight = 1000;

  std::string_view name;  // "*" for all that the list does not name; empty: there is no further element
  int weight = 0;         // q in thousandths (RFC 9110 section 12.4.2); 0: not acceptable
};

// Walks "gzip, br;q=0.5, identity;q=0" in its order. Empty elements are passed over; a weight that is absent or none
// counts as 1.
class EncodingList {
 public:
  explicit EncodingList(std::string_view text) : rest_(text) {}
  // The next element; its name points into the text.
  AcceptedEncoding Next();

 private:
  std::string_view rest_;
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_ENCODING_LIST_H_
