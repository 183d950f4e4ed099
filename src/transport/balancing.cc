#include "transport/balancing.h"

#include <limits>

namespace connectrpc::transport {
namespace {

constexpr size_t kNoException = std::numeric_limits<size_t>::max();

}  // namespace

std::optional<size_t> Balancer::FirstFrom(size_t start, size_t except, Backends* backends) {
  const size_t count = backends->Count();
  for (size_t i = 0; i < count; ++i) {
    const size_t index = (start + i) % count;
    if (index != except && backends->CanTake(index)) return index;
  }
  return std::nullopt;
}

std::optional<size_t> Balancer::PickOfTwo(Backends* backends) {
  const size_t count = backends->Count();
  if (count == 0) return std::nullopt;
  const std::optional<size_t> one = FirstFrom(Random(count), kNoException, backends);
  if (!one || count == 1) return one;
  // From 1 to count - 1 further on: any but the first one.
  const std::optional<size_t> other = FirstFrom((*one + 1 + Random(count - 1)) % count, *one, backends);
  return other && backends->Load(*other) < backends->Load(*one) ? other : one;
}

std::optional<size_t> Balancer::Pick(Backends* backends) {
  switch (how_) {
    case Balancing::kFirstThatConnects:
      return FirstFrom(0, kNoException, backends);
    case Balancing::kRoundRobin: {
      const std::optional<size_t> picked = FirstFrom(next_, kNoException, backends);
      if (picked) next_ = *picked + 1;
      return picked;
    }
    case Balancing::kLeastLoadedOfTwo:
      return PickOfTwo(backends);
  }
  return std::nullopt;
}

}  // namespace connectrpc::transport
