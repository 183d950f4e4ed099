// Views and protobuf's parser have to agree: on all bytes, and on all that protobuf writes. The first byte says about
// which type, and which of the two.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "fuzz/protobuf_log.h"
#include "tests/fuzz/views_mutator.h"
#include "views/compare.h"
#include "views/random_view.h"

namespace {

using connectrpc::test::Chance;

template <class View>
std::string Compare(bool any_bytes, std::string_view bytes, connectrpc::views::Arena* arena) {
  if (any_bytes) return connectrpc::views::testing::Difference<View>(bytes, arena);
  Chance chance(static_cast<uint32_t>(std::hash<std::string_view>()(bytes)));
  typename View::Message message;
  connectrpc::views::testing::Fill(&message, 2, &chance);  // not from 0: small messages are many
  return connectrpc::views::testing::DifferenceOfWritten<View>(message, arena);
}

std::string Compare(unsigned kind, std::string_view bytes, connectrpc::views::Arena* arena) {
  const bool any_bytes = kind % 8 < 4;
  switch (kind % 4) {
    case 0:
      return Compare<views::test::Everything3View>(any_bytes, bytes, arena);
    case 1:
      return Compare<views::test::Everything2View>(any_bytes, bytes, arena);
    case 2:
      return Compare<views::test::RequiredView>(any_bytes, bytes, arena);
    default:
      return Compare<views::test::ImportedView>(any_bytes, bytes, arena);
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return connectrpc::views::testing::MutateMessage(data, size, max_size, seed, 1);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool kQuiet = (connectrpc::test::AbortOnProtobufFailure(), true);
  if (!kQuiet || size == 0) return 0;
  connectrpc::views::Arena arena;
  const std::string difference =
      Compare(data[0], std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1), &arena);
  if (!difference.empty()) {
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  }
  return 0;
}
