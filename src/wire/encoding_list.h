#ifndef CONNECTRPC_SRC_WIRE_ENCODING_LIST_H_
#define CONNECTRPC_SRC_WIRE_ENCODING_LIST_H_

#include <string_view>

namespace connectrpc::wire {

// Walks an Accept-Encoding or grpc-accept-encoding value: "gzip, br;q=0.5, identity;q=0". Tokens with q=0 and empty
// ones are passed over, other weights are ignored: the protocols read the list as ordered, best first (C19).
class EncodingList {
 public:
  explicit EncodingList(std::string_view text) : rest_(text) {}
  // The next acceptable token, or empty at the end. Points into the text.
  std::string_view Next();

 private:
  std::string_view rest_;
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_ENCODING_LIST_H_
