// Views and protobuf's parser have to agree on all bytes; the first byte says about which type.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "fuzz/protobuf_log.h"
#include "views/compare.h"

namespace {

std::string Difference(unsigned type, std::string_view bytes, connectrpc::views::Arena* arena) {
  using connectrpc::views::testing::Difference;
  switch (type % 4) {
    case 0:
      return Difference<views::test::Everything3View>(bytes, arena);
    case 1:
      return Difference<views::test::Everything2View>(bytes, arena);
    case 2:
      return Difference<views::test::RequiredView>(bytes, arena);
    default:
      return Difference<views::test::ImportedView>(bytes, arena);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool kQuiet = (connectrpc::test::AbortOnProtobufFailure(), true);
  if (!kQuiet || size == 0) return 0;
  connectrpc::views::Arena arena;
  const std::string difference =
      Difference(data[0], std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1), &arena);
  if (!difference.empty()) {
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  }
  return 0;
}
