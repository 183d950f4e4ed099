// Views of any bytes within any limits: all that they give is read, and what they write is the same message. Needs no
// protobuf; tests/views/portable/run runs it under the sanitizer of memory too.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectrpc/views/debug_string.h"
#include "connectrpc/views/equals.h"
#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/fuzz/views_mutator.h"
#include "tests/views/walk.h"

namespace {

using connectrpc::views::Arena;
using connectrpc::views::ParseError;
using connectrpc::views::ParseOptions;

constexpr size_t kHead = 4;

void Check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

// Blocks at least double: less than the half of what was asked for may be unused, and what was before it.
bool IsWithin(const Arena& arena, size_t limit, size_t message) {
  return arena.reserved() <= (size_t{8} << 10) + 4 * (limit + 8 * message + sizeof(views::test::Everything3View));
}

template <class View>
uint64_t Sum(const View& view) {
  connectrpc::views::testing::Walker walker;
  Walk(view, &walker);
  Check(walker.maps_find_their_keys(), "a map does not find a key");
  return walker.sum();
}

template <class View>
void Run(std::string_view bytes, const ParseOptions& options, Arena* arena) {
  ParseError error;
  const View* const view = View::Parse(bytes, arena, options, &error);
  Check(IsWithin(*arena, options.max_element_bytes, bytes.size()), "the arena holds more than the limit");
  Check(error.ok() == (view != nullptr), "an error and a view, or neither");
  Check(error.offset <= bytes.size(), "the error is beyond the message");
  if (view == nullptr) return Check(!error.message.empty() || error.is_limit(), "an error nowhere");
  const uint64_t sum = Sum(*view);
  bool fits = false;
  const std::string written = connectrpc::views::Serialize(*view, &fits);
  Check(fits && written.size() == connectrpc::views::SerializedSize(*view), "another size");
  ParseOptions roomy = options;
  roomy.max_element_bytes = size_t{1} << 30;
  roomy.max_depth += 1;  // entries are written whole, with a message that was not there
  Arena other;
  const View* const again = View::Parse(written, &other, roomy, &error);
  Check(again != nullptr, "what was written is refused");
  Check(connectrpc::views::Serialize(*again) == written, "what was written is another message");
  // What is not equal to itself is a NaN.
  using connectrpc::views::Equals;
  Check(Equals(*view, *view) == Equals(*view, *again), "what was written is not equal");
#if !defined(CONNECTRPC_VIEWS_MEMORY_SANITIZER)  // which does not see what std::to_chars writes
  Check(connectrpc::views::DebugString(*view) == connectrpc::views::DebugString(*again),
        "what was written is printed in another way");
#endif
  Check(Sum(*view) == sum, "reading changes what is read");
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return connectrpc::views::testing::MutateMessage(data, size, max_size, seed, kHead);
}

// The first byte says of which type, the next three which limits: 0 for the defaults.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kHead) return 0;
  ParseOptions options;
  if (data[1] != 0) options.max_depth = data[1] % 16;
  if (data[2] != 0) options.max_unknown_fields = data[2] - 1U;
  if (data[3] != 0) options.max_element_bytes = size_t{data[3]} * data[3];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + kHead, size - kHead);
  Arena arena;
  for (int round = 0; round < 2; ++round) {
    switch (data[0] % 4) {
      case 0:
        Run<views::test::Everything3View>(bytes, options, &arena);
        break;
      case 1:
        Run<views::test::Everything2View>(bytes, options, &arena);
        break;
      case 2:
        Run<views::test::RequiredView>(bytes, options, &arena);
        break;
      default:
        Run<views::test::ImportedView>(bytes, options, &arena);
        break;
    }
    arena.Reset();
  }
  return 0;
}
