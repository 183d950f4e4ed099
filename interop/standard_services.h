#ifndef CONNECTRPC_INTEROP_STANDARD_SERVICES_H_
#define CONNECTRPC_INTEROP_STANDARD_SERVICES_H_

#include <google/protobuf/descriptor.h>

#include <memory>

namespace connectrpc::interop {

inline constexpr char kHealthService[] = "grpc.health.v1.Health";
inline constexpr char kReflectionService[] = "grpc.reflection.v1.ServerReflection";
inline constexpr char kReflectionAlphaService[] = "grpc.reflection.v1alpha.ServerReflection";

// A pool with the descriptors of these services, which gRPC's tools expect of any server and few programs link. (The
// health service of a grpc::Server comes without descriptors, and only reflection's older version comes with gRPC
// 1.51.) The pool holds nothing else and is not the generated one: a program that links them as well keeps its own.
std::shared_ptr<const google::protobuf::DescriptorPool> NewStandardServicesPool();

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_STANDARD_SERVICES_H_
