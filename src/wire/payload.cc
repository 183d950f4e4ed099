#include "connectrpc/payload.h"

#include <utility>

namespace connectrpc {

Payload Payload::Borrow(std::string_view bytes) {
  Payload payload;
  payload.bytes_ = bytes;
  return payload;
}

Payload Payload::Own(std::string bytes) {
  Payload payload;
  payload.kind_ = Kind::kString;
  payload.string_ = std::move(bytes);
  return payload;
}

Payload Payload::Adopt(std::string_view bytes, Release release, void* owner) {
  Payload payload;
  payload.kind_ = Kind::kForeign;
  payload.bytes_ = bytes;
  payload.release_ = release;
  payload.owner_ = owner;
  return payload;
}

void Payload::EnsureOwned() {
  if (kind_ != Kind::kBorrowed) return;
  string_.assign(bytes_);
  bytes_ = {};
  kind_ = Kind::kString;
}

std::string Payload::TakeString() {
  std::string taken = kind_ == Kind::kString ? std::move(string_) : std::string(bytes_);
  Drop();
  return taken;
}

}  // namespace connectrpc
