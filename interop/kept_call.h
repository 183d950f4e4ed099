#ifndef CONNECTRPC_INTEROP_KEPT_CALL_H_
#define CONNECTRPC_INTEROP_KEPT_CALL_H_

#include <memory>
#include <typeinfo>

#include "server/method_handler.h"

namespace connectrpc::interop {

// What is kept, if it is of exactly that type; otherwise null.
template <class T>
T* KeptAs(server::Kept* kept) {
  return kept != nullptr && typeid(*kept) == typeid(T) ? static_cast<T*>(kept) : nullptr;
}

// The call that the stream has kept from its last one, or a new one where that was of another kind.
template <class Call>
Call* KeptCall(server::Responder* responder) {
  std::unique_ptr<server::Kept>& kept = responder->kept_by_stream();
  if (KeptAs<Call>(kept.get()) == nullptr) kept = std::make_unique<Call>();
  return static_cast<Call*>(kept.get());
}

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_KEPT_CALL_H_
