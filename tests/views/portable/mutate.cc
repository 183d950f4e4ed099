// Gives views_walk_fuzzer's function inputs without libFuzzer, whose own code the sanitizer of memory cannot follow:
// mutate RUNS [FILE...] runs it on the files, which are what libFuzzer has found, and RUNS times on changes of them.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/views_mutator.h"

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::minstd_rand random_numbers(1);

std::string ReadFile(const char* name) {
  std::string content;
  std::FILE* const file = std::fopen(name, "rb");
  if (file == nullptr) std::perror(name), std::exit(2);
  char buffer[4096];
  while (const size_t size = std::fread(buffer, 1, sizeof(buffer), file)) content.append(buffer, size);
  std::fclose(file);
  return content;
}

// In memory that ends where it does.
void Run(const std::string& input) {
  const std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

// What libFuzzer offers; here, a byte is changed, put in or left out.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const size_t at = random_numbers() % (size + 1);
  const auto byte = static_cast<char>(random_numbers() % 256);
  switch (random_numbers() % 3) {
    case 0:
      if (at < size) bytes[at] = byte;
      break;
    case 1:
      bytes.insert(at, 1, byte);
      break;
    case 2:
      if (at < size) bytes.erase(at, 1 + random_numbers() % 8);
      break;
  }
  if (bytes.size() > max_size) bytes.resize(max_size);
  for (size_t i = 0; i < bytes.size(); ++i) data[i] = static_cast<uint8_t>(bytes[i]);
  return bytes.size();
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  constexpr size_t kMost = 4096;
  std::vector<std::string> inputs = {std::string("\0\0\0\0\x0A\0", 6), std::string("\1\0\0\0\x0A\0", 6)};
  for (int i = 2; i < argc; ++i) inputs.push_back(ReadFile(argv[i]));
  for (const std::string& input : inputs) Run(input);
  std::vector<uint8_t> buffer(kMost);
  const long runs = std::atol(argv[1]);
  for (long i = 0; i < runs; ++i) {
    std::string& input = inputs[random_numbers() % inputs.size()];
    if (input.size() > kMost) continue;
    for (size_t at = 0; at < input.size(); ++at) buffer[at] = static_cast<uint8_t>(input[at]);
    const size_t size =
        LLVMFuzzerCustomMutator(buffer.data(), input.size(), kMost, static_cast<unsigned>(random_numbers()));
    std::string changed(reinterpret_cast<const char*>(buffer.data()), size);
    Run(changed);
    // Changes add up, in the inputs that are here for that.
    if (i % 8 == 0) {
      if (inputs.size() < 500) {
        inputs.push_back(std::move(changed));
      } else if (&input - inputs.data() >= argc) {
        input = std::move(changed);
      }
    }
  }
  std::printf("%ld runs from %d files\n", runs, argc - 2);
}
