#ifndef CONNECTRPC_TESTS_CODEC_COMPRESSION_TEST_UTIL_H_
#define CONNECTRPC_TESTS_CODEC_COMPRESSION_TEST_UTIL_H_

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

#include "connectrpc/compression.h"

namespace connectrpc {

void PrintTo(DecompressResult result, std::ostream* os);

namespace test {

std::string RandomBytes(size_t size);  // always the same
std::string Words(size_t size);        // compressible, as text is

// Fails the test where the algorithm fails.
std::string Compressed(const Compressor& algorithm, std::string_view bytes);

// How much memory the process used since the object was made, at most, beyond what it used then. Zero where that cannot
// be known: not on Linux, or under a sanitizer.
class PeakMemory {
 public:
  PeakMemory();
  size_t bytes() const;

 private:
  size_t before_ = 0;
  bool known_ = false;
};

}  // namespace test
}  // namespace connectrpc

#endif  // CONNECTRPC_TESTS_CODEC_COMPRESSION_TEST_UTIL_H_
