#include "plugin/protobuf_names.h"

#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace connectrpc::plugin {
namespace {

namespace cpp = google::protobuf::compiler::cpp;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

std::string LastPart(const std::string& qualified) {
  return qualified.substr(qualified.rfind(':') + 1);
}

void AddEnum(const EnumDescriptor& type, std::set<std::string>* names) {
  const std::string name = cpp::ClassName(&type);
  names->insert(name);
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string value = cpp::EnumValueName(type.value(i));
    names->insert(type.containing_type() == nullptr ? value : absl::StrCat(name, "_", value));
  }
}

void AddMessage(const Descriptor& message, std::set<std::string>* names) {
  names->insert(cpp::ClassName(&message));
  for (int i = 0; i < message.nested_type_count(); ++i) AddMessage(*message.nested_type(i), names);
  for (int i = 0; i < message.enum_type_count(); ++i) AddEnum(*message.enum_type(i), names);
}

void AddFile(const FileDescriptor& file, std::set<std::string>* names) {
  for (int i = 0; i < file.message_type_count(); ++i) AddMessage(*file.message_type(i), names);
  for (int i = 0; i < file.enum_type_count(); ++i) AddEnum(*file.enum_type(i), names);
  for (int i = 0; i < file.extension_count(); ++i)
    names->insert(LastPart(cpp::QualifiedExtensionName(file.extension(i))));
  for (int i = 0; i < file.service_count(); ++i) names->insert(file.service(i)->name());
}

void AddWithImports(const FileDescriptor& file, std::set<const FileDescriptor*>* seen,
                    std::vector<const FileDescriptor*>* files) {
  if (!seen->insert(&file).second) return;
  files->push_back(&file);
  for (int i = 0; i < file.dependency_count(); ++i) AddWithImports(*file.dependency(i), seen, files);
}

}  // namespace

std::vector<std::string> Namespaces(const std::string& package) {
  if (package.empty()) return {};
  // libprotoc's functions for namespaces are not in its installed headers. That for messages is: a message of this
  // package tells.
  google::protobuf::FileDescriptorProto file;
  file.set_name("package.proto");
  file.set_package(package);
  file.add_message_type()->set_name("M");
  google::protobuf::DescriptorPool pool;
  const FileDescriptor* built = pool.BuildFile(file);
  if (built == nullptr) return {};
  std::vector<std::string> parts = absl::StrSplit(cpp::QualifiedClassName(built->message_type(0)), "::");
  parts.erase(parts.begin());
  parts.pop_back();
  return parts;
}

std::string QualifiedMessageName(const Descriptor& message) {
  return cpp::QualifiedClassName(&message);
}

std::vector<const FileDescriptor*> WithImports(const FileDescriptor& file) {
  std::set<const FileDescriptor*> seen;
  std::vector<const FileDescriptor*> files;
  AddWithImports(file, &seen, &files);
  return files;
}

std::set<std::string> NamesInFile(const FileDescriptor& file) {
  std::set<std::string> names;
  AddFile(file, &names);
  return names;
}

std::set<std::string> NamesInPackage(const FileDescriptor& file) {
  const std::string prefix = file.package().empty() ? "" : file.package() + ".";
  std::set<std::string> names;
  for (const FileDescriptor* other : WithImports(file)) {
    if (other->package() == file.package()) {
      AddFile(*other, &names);
    } else if (absl::StartsWith(other->package(), prefix)) {
      const std::vector<std::string> inner = Namespaces(other->package().substr(prefix.size()));
      if (!inner.empty()) names.insert(inner.front());
    }
  }
  return names;
}

}  // namespace connectrpc::plugin
