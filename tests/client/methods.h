#ifndef CONNECTRPC_TESTS_CLIENT_METHODS_H_
#define CONNECTRPC_TESTS_CLIENT_METHODS_H_

#include "connectrpc/method_spec.h"

namespace connectrpc::test {

// One method of each kind, of Ping and Pong.
inline constexpr MethodSpec kUnary{"/test.Service/Unary", StreamType::kUnary, Idempotency::kUnknown};
inline constexpr MethodSpec kServerStream{"/test.Service/ServerStream", StreamType::kServerStream,
                                          Idempotency::kUnknown};
inline constexpr MethodSpec kClientStream{"/test.Service/ClientStream", StreamType::kClientStream,
                                          Idempotency::kUnknown};
inline constexpr MethodSpec kBidi{"/test.Service/Bidi", StreamType::kBidiStream, Idempotency::kUnknown};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_CLIENT_METHODS_H_
