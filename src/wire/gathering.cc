#include "wire/gathering.h"

#include <algorithm>

namespace connectrpc::wire {

void ReserveForPiece(size_t size, size_t piece, std::string* gathered) {
  const size_t needed = gathered->size() + piece;
  if (needed <= gathered->capacity()) return;
  // In large steps: each copies what is there, mostly into fresh memory.
  const size_t earned = std::max({4 * gathered->capacity(), needed, kMaxUnearnedCapacity});
  gathered->reserve(std::max(needed, std::min(size, earned)));
}

}  // namespace connectrpc::wire
