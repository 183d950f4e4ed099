#ifndef CONNECTRPC_PLUGIN_GENERATOR_H_
#define CONNECTRPC_PLUGIN_GENERATOR_H_

#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>

namespace connectrpc::plugin {

// For each x.proto: x.connect.pb.h and x.connect.pb.cc; with the option `mocks` x_mock.connect.pb.h, with `direct`
// x.connect.grpc.pb.h and x.connect.grpc.pb.cc. A file without services gets them, too, so that build systems need not
// look into it.
class Generator final : public google::protobuf::compiler::CodeGenerator {
 public:
  bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* output, std::string* error) const override;
  uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_GENERATOR_H_
