#ifndef CONNECTRPC_INTEROP_FRONT_REFLECTION_WIRE_H_
#define CONNECTRPC_INTEROP_FRONT_REFLECTION_WIRE_H_

#include <string>
#include <string_view>
#include <vector>

// The messages of gRPC server reflection, as far as a client needs them. Their wire format is the same in
// grpc.reflection.v1 and v1alpha. Read and written field by field: generated types of both would clash with those of a
// program that links gRPC's own reflection library.
namespace connectrpc::front {

// Serialized ServerReflectionRequests.
std::string ListServicesRequest();
std::string FileContainingSymbolRequest(std::string_view symbol);
std::string FileByFilenameRequest(std::string_view name);

// A ServerReflectionResponse. One of the three is what it answers.
struct ReflectionResponse {
  std::vector<std::string> services;  // full names
  std::vector<std::string> files;     // each a serialized FileDescriptorProto
  int error_code = 0;                 // a gRPC status; 0 for none
  std::string error_message;
};

// False for bytes that are no such message.
[[nodiscard]] bool ParseReflectionResponse(std::string_view bytes, ReflectionResponse* response);

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_REFLECTION_WIRE_H_
