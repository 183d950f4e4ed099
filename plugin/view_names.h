#ifndef CONNECTRPC_PLUGIN_VIEW_NAMES_H_
#define CONNECTRPC_PLUGIN_VIEW_NAMES_H_

#include <google/protobuf/descriptor.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace connectrpc::plugin {

// The messages of `file` that have views: nested ones too (but for entries of maps).
std::vector<const google::protobuf::Descriptor*> MessagesOf(const google::protobuf::FileDescriptor& file);

// Refuses files whose views would meet something of another file, which cannot be called otherwise: in a package, a
// message FooView beside an import that has a message Foo, whose view is generated without knowing of it.
absl::Status CheckViewNames(const google::protobuf::FileDescriptor& file);

// What views are called. A file's names depend on it and what it imports, alone: they are the same wherever they are
// asked for.
class ViewNames {
 public:
  // "Outer_InnerView".
  const std::string& Of(const google::protobuf::Descriptor& message);
  // "::greet::v1::Outer_InnerView".
  std::string Qualified(const google::protobuf::Descriptor& message);

 private:
  struct File {
    std::string scope;
    std::map<const google::protobuf::Descriptor*, std::string> names;
  };

  File& In(const google::protobuf::FileDescriptor& file);

  std::map<const google::protobuf::FileDescriptor*, File> files_;
};

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_VIEW_NAMES_H_
