#include "interop/reflection_index.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>

#include <algorithm>
#include <limits>
#include <type_traits>

namespace connectrpc::interop {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::ServiceDescriptor;

// protobuf 3.21 has strings here, later versions their own views.
template <class Text>
absl::string_view View(const Text& text) {
  return absl::string_view(text.data(), text.size());
}

absl::string_view View(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

std::string Serialize(const FileDescriptor& file) {
  FileDescriptorProto proto;
  // The generated pool was made from this database, which has the files as protoc wrote them. Other pools keep no such
  // thing: what is written anew lacks nothing but source positions.
  if (file.pool() != DescriptorPool::generated_pool() ||
      !DescriptorPool::internal_generated_database()->FindFileByName(std::string(file.name()), &proto)) {
    proto.Clear();
    file.CopyTo(&proto);
    file.CopyJsonNameTo(&proto);
  }
  return proto.SerializeAsString();
}

}  // namespace

// Adds the names that a file declares.
class ReflectionIndex::SymbolAdder final {
 public:
  SymbolAdder(ReflectionIndex* index, FileId file) : index_(index), file_(file) {}

  void AddAll(const FileDescriptor& file) {
    for (int i = 0; i < file.message_type_count(); ++i) AddMessage(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) AddEnum(*file.enum_type(i));
    for (int i = 0; i < file.extension_count(); ++i) AddExtension(*file.extension(i));
    for (int i = 0; i < file.service_count(); ++i) AddService(*file.service(i));
  }

 private:
  template <class AnyDescriptor>
  void Add(const AnyDescriptor& descriptor) {
    index_->AddSymbol(View(descriptor.full_name()), {file_, std::is_same_v<AnyDescriptor, Descriptor>});
  }

  void AddMessage(const Descriptor& message) {
    Add(message);
    for (int i = 0; i < message.field_count(); ++i) Add(*message.field(i));
    for (int i = 0; i < message.oneof_decl_count(); ++i) Add(*message.oneof_decl(i));
    for (int i = 0; i < message.enum_type_count(); ++i) AddEnum(*message.enum_type(i));
    for (int i = 0; i < message.extension_count(); ++i) AddExtension(*message.extension(i));
    for (int i = 0; i < message.nested_type_count(); ++i) AddMessage(*message.nested_type(i));
    if (message.extension_range_count() > 0) index_->EnterExtensions(message);
  }

  void AddEnum(const EnumDescriptor& type) {
    Add(type);
    for (int i = 0; i < type.value_count(); ++i) Add(*type.value(i));
  }

  void AddExtension(const FieldDescriptor& extension) {
    Add(extension);
    index_->extensions_.try_emplace({View(extension.containing_type()->full_name()), extension.number()}, file_);
  }

  void AddService(const ServiceDescriptor& service) {
    Add(service);
    for (int i = 0; i < service.method_count(); ++i) Add(*service.method(i));
  }

  ReflectionIndex* index_;
  FileId file_;
};

ReflectionIndex::ReflectionIndex(const std::vector<const ServiceDescriptor*>& services,
                                 const std::vector<const FileDescriptor*>& files) {
  for (const ServiceDescriptor* service : services) {
    services_.emplace_back(service->full_name());
    Enter(*service->file());
  }
  std::sort(services_.begin(), services_.end());
  for (const FileDescriptor* file : files) Enter(*file);
  // By index: imports and extensions bring more files.
  for (FileId id = 0; id < files_.size(); ++id) {
    EnterImports(id);
    SymbolAdder(this, id).AddAll(*files_[id].descriptor);
  }
}

ReflectionIndex::FileId ReflectionIndex::Enter(const FileDescriptor& descriptor) {
  const auto [it, added] = files_by_name_.try_emplace(View(descriptor.name()), files_.size());
  if (added) files_.push_back({&descriptor, Serialize(descriptor), {}});
  return it->second;
}

void ReflectionIndex::EnterImports(FileId file) {
  const FileDescriptor& descriptor = *files_[file].descriptor;
  for (int i = 0; i < descriptor.dependency_count(); ++i) {
    const FileDescriptor* import = descriptor.dependency(i);
    // A pool may have been told to do without files that it cannot find.
    if (import == nullptr || import->is_placeholder()) continue;
    const FileId id = Enter(*import);
    files_[file].imports.push_back(id);
  }
}

void ReflectionIndex::EnterExtensions(const Descriptor& message) {
  std::vector<const FieldDescriptor*> extensions;
  message.file()->pool()->FindAllExtensions(&message, &extensions);
  for (const FieldDescriptor* extension : extensions) Enter(*extension->file());
}

std::optional<ReflectionIndex::FileId> ReflectionIndex::FindFile(std::string_view name) const {
  const auto it = files_by_name_.find(View(name));
  if (it == files_by_name_.end()) return std::nullopt;
  return it->second;
}

std::optional<ReflectionIndex::FileId> ReflectionIndex::FindSymbol(std::string_view name) const {
  const auto it = symbols_.find(View(name));
  if (it == symbols_.end()) return std::nullopt;
  return it->second.file;
}

std::optional<ReflectionIndex::FileId> ReflectionIndex::FindExtension(std::string_view message, int32_t number) const {
  const auto it = extensions_.find({View(message), number});
  if (it == extensions_.end()) return std::nullopt;
  return it->second;
}

std::optional<std::vector<int32_t>> ReflectionIndex::FindExtensionNumbers(std::string_view message) const {
  const auto symbol = symbols_.find(View(message));
  if (symbol == symbols_.end() || !symbol->second.is_message) return std::nullopt;
  std::vector<int32_t> numbers;
  for (auto it = extensions_.lower_bound({View(message), std::numeric_limits<int32_t>::min()});
       it != extensions_.end() && it->first.first == View(message); ++it) {
    numbers.push_back(it->first.second);
  }
  return numbers;
}

}  // namespace connectrpc::interop
