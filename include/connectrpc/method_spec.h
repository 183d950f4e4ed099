#ifndef CONNECTRPC_METHOD_SPEC_H_
#define CONNECTRPC_METHOD_SPEC_H_

#include <string_view>

#include "connectrpc/protocol.h"

namespace connectrpc {

// What a method promises about being called twice (google.protobuf.MethodOptions.idempotency_level).
enum class Idempotency { kUnknown, kNoSideEffects, kIdempotent };

// What is known of a method before any call: a constant of generated code.
struct MethodSpec {
  std::string_view path;  // "/greet.v1.GreetService/Greet"
  StreamType stream_type = StreamType::kUnary;
  Idempotency idempotency = Idempotency::kUnknown;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_METHOD_SPEC_H_
