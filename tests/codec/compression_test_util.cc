#include "codec/compression_test_util.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <fstream>
#include <random>

namespace connectrpc {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// A line of /proc/self/status such as "VmHWM:     1234 kB", in bytes.
size_t ReadStatus(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, name.size(), name) == 0) return std::stoul(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

}  // namespace

void PrintTo(DecompressResult result, std::ostream* os) {
  static constexpr const char* kNames[] = {"kOk", "kTooLarge", "kCorrupt"};
  *os << kNames[static_cast<int>(result)];
}

namespace test {

std::string RandomBytes(size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string Words(size_t size) {
  std::string words;
  std::mt19937 random(2);
  while (words.size() < size) words.append(std::to_string(random() % 500)).append(" words ");
  words.resize(size);
  return words;
}

std::string Compressed(const Compressor& algorithm, std::string_view bytes) {
  std::string out = "from before";
  EXPECT_TRUE(algorithm.Compress(bytes, &out));
  return out;
}

PeakMemory::PeakMemory() {
  if (kSanitized) return;
  malloc_trim(0);
  // 5 sets the peak to what is used now (proc(5)).
  known_ = static_cast<bool>(std::ofstream("/proc/self/clear_refs") << "5" << std::flush);
  before_ = ReadStatus("VmRSS");
}

size_t PeakMemory::bytes() const {
  const size_t peak = known_ ? ReadStatus("VmHWM") : 0;
  return peak > before_ ? peak - before_ : 0;
}

}  // namespace test
}  // namespace connectrpc
