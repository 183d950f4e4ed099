#include "connectrpc/owned_view.h"

#include <cstring>
#include <string>

namespace connectrpc {

Error ToError(const views::ParseError& error) {
  if (error.ok()) return {};
  return Error(error.is_limit() ? Code::kResourceExhausted : Code::kInvalidArgument, error.ToString());
}

namespace views::internal {

void MessageBlock::Reset(size_t keep) {
  arena.Reset(keep);
  message = {};
  bytes_ = {};
}

std::string_view MessageBlock::Anchor(Payload bytes) {
  Reset(views::Arena::kDefaultKeep);
  if (!bytes.owned() && !bytes.empty()) {
    // Into the arena rather than a string: it has the memory from the message before.
    if (void* const copy = arena.Allocate(bytes.size()); copy != nullptr) {
      std::memcpy(copy, bytes.view().data(), bytes.size());
      return message = std::string_view(static_cast<const char*>(copy), bytes.size());
    }
    bytes.EnsureOwned();
  }
  bytes_ = std::move(bytes);
  return message = bytes_.view();
}

Payload MessageBlock::SharePiece(std::string_view piece) {
  if (piece.size() < message.size() / 4) return Payload::Own(std::string(piece));
  Ref();
  return Payload::Adopt(
      piece, [](void* block) { static_cast<MessageBlock*>(block)->Unref(); }, this);
}

}  // namespace views::internal
}  // namespace connectrpc
