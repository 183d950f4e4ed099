#ifndef CONNECTRPC_TESTS_INTEROP_REACTOR_CONTRACT_H_
#define CONNECTRPC_TESTS_INTEROP_REACTOR_CONTRACT_H_

#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "interop/scripted_stream.h"

// What gRPC promises to the reactor of a streaming method, kept by calls that gRPC does not know. Everything happens on
// the test's thread, in an order that the test decides, or on threads that it has joined.
namespace connectrpc::test {

inline const grpc::Status kGone(grpc::StatusCode::NOT_FOUND, "gone");

struct Kind {
  const char* name;
  StreamType type;
};
// The bytes, padding and all, would be printed otherwise.
inline std::ostream& operator<<(std::ostream& out, const Kind& kind) {
  return out << kind.name;
}
inline constexpr Kind kCollect{"ClientStream", StreamType::kClientStream};
inline constexpr Kind kExpand{"ServerStream", StreamType::kServerStream};
inline constexpr Kind kChat{"Bidi", StreamType::kBidiStream};

class ContractTest : public ScriptedStream, public ::testing::WithParamInterface<Kind> {
 protected:
  void Start() { ScriptedStream::Start(GetParam().type); }
  // Ends the call in whatever state it is.
  void EndCall() {
    if (!responder_.done) reactor_->Finish(kGone);
    Turn();
    Take();
  }
};
inline std::string NameOf(const ::testing::TestParamInfo<Kind>& info) {
  return info.param.name;
}

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_REACTOR_CONTRACT_H_
