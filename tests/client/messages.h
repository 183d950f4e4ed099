#ifndef CONNECTRPC_TESTS_CLIENT_MESSAGES_H_
#define CONNECTRPC_TESTS_CLIENT_MESSAGES_H_

#include <string>

#include "client_test.pb.h"
#include "client_test.view.pb.h"
#include "connectrpc/header_list.h"
#include "connectrpc/owned_view.h"

namespace connectrpc::test {

inline Ping MakePing(const std::string& text) {
  Ping ping;
  ping.set_text(text);
  return ping;
}

inline Pong MakePong(const std::string& text) {
  Pong pong;
  pong.set_text(text);
  return pong;
}

inline std::string PongBytes(const std::string& text) {
  return MakePong(text).SerializeAsString();
}

using OwnedPong = OwnedView<PongView>;

inline HeaderList Headers(const std::string& name, const std::string& value) {
  HeaderList list;
  list.Add(name, value);
  return list;
}

// No message of any type.
inline const std::string kGarbage = "\xff\xff\xff";

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_CLIENT_MESSAGES_H_
