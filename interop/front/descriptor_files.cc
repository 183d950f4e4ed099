#include "interop/front/descriptor_files.h"

#include <google/protobuf/message.h>

#include <utility>

namespace connectrpc::front {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::Message;

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

// A file name or symbol for an error text: somebody else chose its length and bytes.
std::string Quoted(std::string_view name) {
  constexpr size_t kShown = 100;
  std::string text = "\"";
  for (const char c : name.substr(0, kShown)) text += c >= ' ' && c <= '~' && c != '"' ? c : '?';
  return text + (name.size() > kShown ? "...\"" : "\"");
}

// Whether each `name` and `package` within a descriptor has a length that names have. Protobuf builds full names of
// them, each with all those around it.
bool NamesAreShort(const Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        if (!NamesAreShort(reflection.GetMessage(message, field))) return false;
        continue;
      }
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        if (!NamesAreShort(reflection.GetRepeatedMessage(message, field, i))) return false;
      }
    } else if (!field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
               (field->name() == "name" || field->name() == "package")) {
      if (reflection.GetString(message, field).size() > DescriptorFiles::kMaxNameBytes) return false;
    }
  }
  return true;
}

// Of protobuf itself, linked into this program.
const FileDescriptor* FindOwnFile(const std::string& name) {
  if (name.rfind("google/protobuf/", 0) != 0) return nullptr;
  return DescriptorPool::generated_pool()->FindFileByName(name);
}

class FirstError final : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element, const Message*, ErrorLocation,
                const std::string& message) override {
    if (text_.empty()) text_ = Quoted(file) + ": " + Quoted(element) + ": " + message;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Adds files to a pool, imports first.
class PoolBuilder {
 public:
  PoolBuilder(const std::map<std::string, FileDescriptorProto>& files, DescriptorPool* pool)
      : files_(files), pool_(pool) {}

  // Walks the imports with a stack of its own: a chain of them may be as long as there are files.
  absl::Status Build(const std::string& root) {
    std::vector<const std::string*> stack = {&root};
    while (!stack.empty()) {
      const std::string& name = *stack.back();
      if (pool_->FindFileByName(name) != nullptr) {
        stack.pop_back();
        continue;
      }
      const FileDescriptorProto* file = Find(name);
      if (file == nullptr) return Invalid(Quoted(name) + " is imported but missing");
      const size_t before = stack.size();
      for (const std::string& dependency : file->dependency()) {
        if (pool_->FindFileByName(dependency) == nullptr) stack.push_back(&dependency);
      }
      if (stack.size() > before) {
        // When a file comes up again, its imports have been built.
        if (!opened_.insert(name).second) return Invalid(Quoted(name) + " imports itself, by itself or by others");
        continue;
      }
      FirstError error;
      if (pool_->BuildFileCollectingErrors(*file, &error) == nullptr) return Invalid(error.text());
      stack.pop_back();
    }
    return absl::OkStatus();
  }

 private:
  const FileDescriptorProto* Find(const std::string& name) {
    const auto found = files_.find(name);
    if (found != files_.end()) return &found->second;
    const FileDescriptor* own = FindOwnFile(name);
    if (own == nullptr) return nullptr;
    FileDescriptorProto& copy = own_[name];
    own->CopyTo(&copy);
    return &copy;
  }

  const std::map<std::string, FileDescriptorProto>& files_;
  DescriptorPool* pool_;
  std::map<std::string, FileDescriptorProto> own_;
  std::set<std::string> opened_;  // whose imports were followed
};

}  // namespace

absl::Status DescriptorFiles::AddSet(std::string_view bytes) {
  if (bytes.size() > kMaxBytes) return Invalid("descriptors of more than 32 MiB");
  FileDescriptorSet set;
  if (!set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || set.file().empty()) {
    return Invalid("is no FileDescriptorSet, as protoc --descriptor_set_out writes it");
  }
  for (FileDescriptorProto& file : *set.mutable_file()) {
    const size_t size = file.ByteSizeLong();
    absl::Status added = Add(std::move(file), size);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

absl::Status DescriptorFiles::AddFile(std::string_view bytes) {
  if (bytes.size() > kMaxBytes) return Invalid("descriptors of more than 32 MiB");
  FileDescriptorProto file;
  if (!file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Invalid("no FileDescriptorProto");
  return Add(std::move(file), bytes.size());
}

absl::Status DescriptorFiles::Add(FileDescriptorProto file, size_t size) {
  if (!NamesAreShort(file)) return Invalid(Quoted(file.name()) + ": a name of more than 512 bytes");
  const auto found = files_.find(file.name());
  if (found != files_.end()) {
    if (found->second.SerializeAsString() == file.SerializeAsString()) return absl::OkStatus();
    return Invalid(Quoted(file.name()) + " comes twice, with different contents");
  }
  if (files_.size() >= kMaxFiles) return Invalid("more than 10000 descriptor files");
  if (size > kMaxBytes - bytes_) return Invalid("descriptors of more than 32 MiB");
  bytes_ += size;
  const std::string prefix = file.package().empty() ? "" : file.package() + ".";
  for (const auto& service : file.service()) services_.insert(prefix + service.name());
  std::string name = file.name();
  files_.emplace(std::move(name), std::move(file));
  return absl::OkStatus();
}

std::set<std::string> DescriptorFiles::Missing() const {
  std::set<std::string> missing;
  for (const auto& [name, file] : files_) {
    for (const std::string& dependency : file.dependency()) {
      if (files_.count(dependency) == 0 && FindOwnFile(dependency) == nullptr) missing.insert(dependency);
    }
  }
  return missing;
}

bool DescriptorFiles::DefinesService(std::string_view full_name) const {
  return services_.find(full_name) != services_.end();
}

std::vector<std::string> DescriptorFiles::Services() const {
  return std::vector<std::string>(services_.begin(), services_.end());
}

absl::StatusOr<std::unique_ptr<DescriptorPool>> DescriptorFiles::BuildPool() const {
  auto pool = std::make_unique<DescriptorPool>();
  PoolBuilder builder(files_, pool.get());
  for (const auto& [name, file] : files_) {
    absl::Status built = builder.Build(name);
    if (!built.ok()) return built;
  }
  return pool;
}

}  // namespace connectrpc::front
