#ifndef CONNECTRPC_INTEROP_FRONT_DESCRIPTOR_FILES_H_
#define CONNECTRPC_INTEROP_FRONT_DESCRIPTOR_FILES_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace connectrpc::front {

// Descriptors that somebody else made, be it a file or a server: they are checked as protoc would before anything is
// built of them, and bounded.
//
//   DescriptorFiles files;
//   files.AddSet(bytes);                    // or AddFile for each, while Missing() names more
//   auto pool = files.BuildPool();
class DescriptorFiles {
 public:
  static constexpr size_t kMaxBytes = 32 * 1024 * 1024;  // of all files together
  static constexpr size_t kMaxFiles = 10'000;
  static constexpr size_t kMaxNameBytes = 512;  // of each name; full names add up to no more than 100 of them

  // A serialized google.protobuf.FileDescriptorSet.
  [[nodiscard]] absl::Status AddSet(std::string_view bytes);
  // A serialized google.protobuf.FileDescriptorProto. The same file again is no error, another one of its name is.
  [[nodiscard]] absl::Status AddFile(std::string_view bytes);

  // Files that are imported but were not added. Those of protobuf itself (google/protobuf/*.proto) are never missing.
  std::set<std::string> Missing() const;
  // Whether one of the files defines that service.
  bool DefinesService(std::string_view full_name) const;
  // The services that the files define, sorted.
  std::vector<std::string> Services() const;

  // All files, each checked. The error names file and symbol. The pool has no database behind it, so that looking up
  // the names that callers make up costs no memory.
  absl::StatusOr<std::unique_ptr<google::protobuf::DescriptorPool>> BuildPool() const;

 private:
  [[nodiscard]] absl::Status Add(google::protobuf::FileDescriptorProto file, size_t size);

  std::map<std::string, google::protobuf::FileDescriptorProto> files_;
  std::set<std::string, std::less<>> services_;
  size_t bytes_ = 0;
};

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_DESCRIPTOR_FILES_H_
