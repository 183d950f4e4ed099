#ifndef CONNECTRPC_PLUGIN_PROTOBUF_NAMES_H_
#define CONNECTRPC_PLUGIN_PROTOBUF_NAMES_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <vector>

// What protobuf's generator for C++ names: asked of libprotoc itself, so that it is what x.pb.h has.
namespace connectrpc::plugin {

// {"greet", "v1"} for the package "greet.v1"; parts that are keywords have an underscore behind them.
std::vector<std::string> Namespaces(const std::string& package);

// "::greet::v1::Outer_Inner".
std::string QualifiedMessageName(const google::protobuf::Descriptor& message);

// What stands in the namespace of `file`'s package where its header and all that it imports are included: messages,
// enums and their values, extensions, services (classes of gRPC), and namespaces within it.
std::set<std::string> NamesInPackage(const google::protobuf::FileDescriptor& file);

// Those of them that the file itself has.
std::set<std::string> NamesInFile(const google::protobuf::FileDescriptor& file);

// Its files, itself first, each once.
std::vector<const google::protobuf::FileDescriptor*> WithImports(const google::protobuf::FileDescriptor& file);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_PROTOBUF_NAMES_H_
