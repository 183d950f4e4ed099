// Descriptors, and the answers of a reflection service that brings them, from whoever is behind connect-front: a pool
// that is built of them holds each service they define.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/protobuf_log.h"
#include "interop/front/descriptor_files.h"
#include "interop/front/reflection_wire.h"

namespace {

using connectrpc::front::DescriptorFiles;

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckPool(const DescriptorFiles& files) {
  const auto pool = files.BuildPool();
  Check(pool.ok() || !pool.status().message().empty());
  if (!pool.ok()) return;
  Check(files.Missing().empty());
  for (const std::string& name : files.Services()) {
    Check(files.DefinesService(name) && (*pool)->FindServiceByName(name) != nullptr);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool silent = (connectrpc::test::AbortOnProtobufFailure(), true);
  Check(silent);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  DescriptorFiles set;
  if (set.AddSet(bytes).ok()) CheckPool(set);

  connectrpc::front::ReflectionResponse response;
  if (!connectrpc::front::ParseReflectionResponse(bytes, &response)) return 0;
  DescriptorFiles files;
  for (const std::string& file : response.files) {
    if (!files.AddFile(file).ok()) return 0;
  }
  CheckPool(files);
  return 0;
}
