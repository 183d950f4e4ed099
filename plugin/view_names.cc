#include "plugin/view_names.h"

#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
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

// The name of its view, unless that is taken.
std::string PlainName(const Descriptor& message) {
  return absl::StrCat(google::protobuf::compiler::cpp::ClassName(&message), "View");
}

bool LooksLikeView(absl::string_view name) {
  while (absl::ConsumeSuffix(&name, "_")) {
  }
  return absl::EndsWith(name, "View");
}

}  // namespace

std::vector<const Descriptor*> MessagesOf(const FileDescriptor& file) {
  std::vector<const Descriptor*> messages;
  for (int i = 0; i < file.message_type_count(); ++i) CollectMessages(*file.message_type(i), &messages);
  return messages;
}

absl::Status CheckViewNames(const FileDescriptor& file) {
  const std::vector<std::string> namespaces = Namespaces(file.package());
  std::set<std::string> in_package;
  for (const std::string& name : NamesInFile(file)) {
    if (LooksLikeView(name)) in_package.insert(name);
  }
  ViewNames views;
  for (const FileDescriptor* import : WithImports(file)) {
    if (import == &file) continue;
    const std::string& package = import->package();
    std::set<std::string> names;
    if (package == file.package()) {
      names = in_package;
    } else if (package.empty() || absl::StartsWith(file.package(), package + ".")) {
      // The file's package lies within that of the import, as a namespace.
      const auto depth = package.empty() ? 0 : 1 + std::count(package.begin(), package.end(), '.');
      if (LooksLikeView(namespaces[depth])) names = {namespaces[depth]};
    }
    if (names.empty()) continue;
    for (const Descriptor* message : MessagesOf(*import)) {
      const auto near = names.lower_bound(PlainName(*message));
      if (near == names.end() || !absl::StartsWith(*near, PlainName(*message))) continue;
      if (names.count(views.Of(*message)) == 0) continue;
      return absl::InvalidArgumentError(absl::StrCat("the view of the message ", message->full_name(), ", which ",
                                                     import->name(), " has, is called ", views.Of(*message),
                                                     " in C++, and so is something of ", file.name(),
                                                     "; rename it, or generate without the option views"));
    }
  }
  return absl::OkStatus();
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
    found->second.names[message] = TakeName(PlainName(*message), &taken);
  }
  return found->second;
}

}  // namespace connectrpc::plugin
