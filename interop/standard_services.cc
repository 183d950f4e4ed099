#include "interop/standard_services.h"

#include <google/protobuf/descriptor.pb.h>

namespace connectrpc::interop {
namespace {

// A google.protobuf.FileDescriptorSet, made from interop/protos by protoc.
constexpr unsigned char kDescriptorSet[] = {
#include "interop/protos/standard_services.inc"
};

}  // namespace

std::shared_ptr<const google::protobuf::DescriptorPool> NewStandardServicesPool() {
  auto pool = std::make_shared<google::protobuf::DescriptorPool>();
  google::protobuf::FileDescriptorSet set;
  // What protoc wrote can be read, and its files import nothing.
  if (set.ParseFromArray(kDescriptorSet, sizeof(kDescriptorSet))) {
    for (const google::protobuf::FileDescriptorProto& file : set.file()) pool->BuildFile(file);
  }
  return pool;
}

}  // namespace connectrpc::interop
