#ifndef CONNECTRPC_VERSION_H_
#define CONNECTRPC_VERSION_H_

#include <string_view>

namespace connectrpc {

// Of this library: "major.minor.patch".
inline constexpr std::string_view kVersion = "0.1.0";

// What generated code and library agree on. Generated code asserts that it is the one it was made for; it rises when
// code that an older plugin made would not work any more.
inline constexpr int kGeneratedCodeVersion = 1;

}  // namespace connectrpc

#endif  // CONNECTRPC_VERSION_H_
