#include "plugin/view_names.h"

#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "plugin/names.h"
#include "plugin/protobuf_names.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

void CollectMessages(const Descriptor& message, std::vector<const Descriptor*>* messages) {
  if (message.options().map_entry()) return;
  messages->push_back(&message);
  for (int i = 0; i < message.nested_type_count(); ++i) CollectMessages(*message.nested_type(i), messages);
}

}  // namespace

std::vector<const Descriptor*> MessagesOf(const FileDescriptor& file) {
  std::vector<const Descriptor*> messages;
  for (int i = 0; i < file.message_type_count(); ++i) CollectMessages(*file.message_type(i), &messages);
  return messages;
}

const std::string& ViewNames::Of(const Descriptor& message) {
  return In(*message.file()).names[&message];
}

std::string ViewNames::Qualified(const Descriptor& message) {
  return absl::StrCat(In(*message.file()).scope, Of(message));
}

ViewNames::File& ViewNames::In(const FileDescriptor& file) {
  const auto [found, is_new] = files_.try_emplace(&file);
  if (!is_new) return found->second;
  const std::vector<std::string> namespaces = Namespaces(file.package());
  found->second.scope = namespaces.empty() ? "::" : absl::StrCat("::", absl::StrJoin(namespaces, "::"), "::");
  std::set<std::string> taken = NamesInPackage(file);
  for (const Descriptor* message : MessagesOf(file)) {
    found->second.names[message] =
        TakeName(absl::StrCat(google::protobuf::compiler::cpp::ClassName(message), "View"), &taken);
  }
  return found->second;
}

}  // namespace connectrpc::plugin
