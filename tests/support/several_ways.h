#ifndef CONNECTRPC_TESTS_SUPPORT_SEVERAL_WAYS_H_
#define CONNECTRPC_TESTS_SUPPORT_SEVERAL_WAYS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Drives a decoder several ways, since where input is cut means nothing on the wire.
namespace connectrpc::test {

// Inputs up to this long are also cut in two at every place.
inline constexpr size_t kMaxTwoPieceInput = 4096;
inline constexpr int kRandomSplits = 20;

// Calls f(pieces) with `input` cut at `cuts` (ascending, each <= input.size()). Each piece lies in an allocation of its
// own, so that a sanitizer sees reads beyond it, and is gone when `f` returns.
template <class F>
void WithSplit(std::string_view input, const std::vector<size_t>& cuts, const std::string& name, F&& f) {
  SCOPED_TRACE("split: " + name);
  std::vector<std::unique_ptr<char[]>> buffers;
  std::vector<std::string_view> pieces;
  size_t begin = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    std::string_view piece = input.substr(begin, (i < cuts.size() ? cuts[i] : input.size()) - begin);
    begin += piece.size();
    buffers.emplace_back(new char[piece.size()]);
    if (!piece.empty()) std::memcpy(buffers.back().get(), piece.data(), piece.size());
    pieces.emplace_back(buffers.back().get(), piece.size());
  }
  f(std::as_const(pieces));
}

// Calls f(const std::vector<std::string_view>& pieces) for `input` whole, one byte at a time, cut in two at every place
// (inputs up to kMaxTwoPieceInput), and cut at kRandomSplits random sets of places, empty pieces among them; the seed
// is fixed. The pieces are valid during the call only.
template <class F>
void ForEachSplit(std::string_view input, F&& f) {
  WithSplit(input, {}, "whole", f);

  std::vector<size_t> cuts;
  for (size_t i = 1; i < input.size(); ++i) cuts.push_back(i);
  WithSplit(input, cuts, "byte by byte", f);

  if (input.size() <= kMaxTwoPieceInput) {
    for (size_t i = 1; i < input.size(); ++i) WithSplit(input, {i}, "at " + std::to_string(i), f);
  }

  std::mt19937 random(20240229);
  for (int i = 0; i < kRandomSplits; ++i) {
    cuts.clear();
    for (size_t count = 1 + random() % 16; count > 0; --count) cuts.push_back(random() % (input.size() + 1));
    std::sort(cuts.begin(), cuts.end());
    WithSplit(input, cuts, "random " + std::to_string(i), f);
  }
}

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_SEVERAL_WAYS_H_
