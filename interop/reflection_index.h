#ifndef CONNECTRPC_INTEROP_REFLECTION_INDEX_H_
#define CONNECTRPC_INTEROP_REFLECTION_INDEX_H_

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace connectrpc::interop {

// What server reflection tells: services, and files by what they hold. Made before a server starts, then only read, by
// all threads.
//
// Callers are answered from this alone and never from a descriptor pool: those that load files on demand take a lock
// and remember what they were asked for in vain, and they know more than what is offered.
class ReflectionIndex final {
 public:
  using FileId = size_t;

  // Tells of the services, and of the files that hold them; of further files; of what these import; and of the files
  // with the extensions of their messages. Descriptors may come from several pools, which outlive the index.
  ReflectionIndex(const std::vector<const google::protobuf::ServiceDescriptor*>& services,
                  const std::vector<const google::protobuf::FileDescriptor*>& files);

  // Full names, sorted.
  const std::vector<std::string>& services() const { return services_; }

  size_t file_count() const { return files_.size(); }
  // A serialized FileDescriptorProto: what was linked, or loaded into the pool.
  const std::string& bytes(FileId file) const { return files_[file].bytes; }
  const std::vector<FileId>& imports(FileId file) const { return files_[file].imports; }

  std::optional<FileId> FindFile(std::string_view name) const;
  // By the full name of a service, method, message, field, oneof, enum, enum value or extension.
  std::optional<FileId> FindSymbol(std::string_view name) const;
  std::optional<FileId> FindExtension(std::string_view message, int32_t number) const;
  // The numbers of all extensions of a message, ascending; nothing if there is no such message.
  std::optional<std::vector<int32_t>> FindExtensionNumbers(std::string_view message) const;

 private:
  struct File {
    const google::protobuf::FileDescriptor* descriptor;
    std::string bytes;
    std::vector<FileId> imports;
  };
  struct Symbol {
    FileId file;
    bool is_message;
  };
  class SymbolAdder;

  // Takes the file in, to be read later; the same one again, or another of its name, is what is there.
  FileId Enter(const google::protobuf::FileDescriptor& descriptor);
  void EnterImports(FileId file);
  void AddSymbol(absl::string_view name, Symbol symbol) { symbols_.try_emplace(name, symbol); }
  void EnterExtensions(const google::protobuf::Descriptor& message);

  std::vector<std::string> services_;
  std::vector<File> files_;
  // Keys are names within descriptors.
  absl::flat_hash_map<absl::string_view, FileId> files_by_name_;
  absl::flat_hash_map<absl::string_view, Symbol> symbols_;
  std::map<std::pair<absl::string_view, int32_t>, FileId> extensions_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_REFLECTION_INDEX_H_
