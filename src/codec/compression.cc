#include "codec/compression.h"

#include <algorithm>
#include <utility>

#include "wire/encoding_list.h"

namespace connectrpc::codec {
namespace {

bool Names(std::string_view accept, std::string_view name) {
  wire::EncodingList encodings(accept);
  for (auto encoding = encodings.Next(); !encoding.name.empty(); encoding = encodings.Next()) {
    if (encoding.name == name) return true;
  }
  return false;
}

}  // namespace

void CompressionRegistry::Add(std::shared_ptr<const Compressor> compressor) {
  const std::string_view name = compressor->name();
  const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == name; });
  if (same != entries_.end()) {
    same->compressor = std::move(compressor);
    return;
  }
  if (!accept_list_.empty()) accept_list_.append(", ");
  accept_list_.append(name);
  entries_.push_back(Entry{std::string(name), std::move(compressor)});
}

const Compressor* CompressionRegistry::Find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name == name) return entry.compressor.get();
  }
  return nullptr;
}

const Compressor* CompressionRegistry::Negotiate(std::string_view accept) const {
  const Compressor* best = nullptr;
  int best_weight = 0;
  int star_weight = 0;
  int identity_weight = 0;
  wire::EncodingList encodings(accept);
  for (auto encoding = encodings.Next(); !encoding.name.empty(); encoding = encodings.Next()) {
    if (encoding.name == "*") {
      star_weight = std::max(star_weight, encoding.weight);
    } else if (encoding.name == "identity") {
      identity_weight = encoding.weight;
    } else if (encoding.weight > best_weight) {
      const Compressor* const compressor = Find(encoding.name);
      if (compressor == nullptr) continue;
      best = compressor;
      best_weight = encoding.weight;
      // Nothing further can win: the end of the way for lists without weights.
      if (best_weight == wire::AcceptedEncoding::kMaxWeight) return best;
    }
  }
  if (star_weight > best_weight) {
    if (const Compressor* const other = FirstNotIn(accept)) {
      best = other;
      best_weight = star_weight;
    }
  }
  // Only by a weight of its own: gRPC's clients name it first and mean nothing by it.
  return identity_weight > best_weight ? nullptr : best;
}

const Compressor* CompressionRegistry::FirstNotIn(std::string_view accept) const {
  for (const Entry& entry : entries_) {
    if (!Names(accept, entry.name)) return entry.compressor.get();
  }
  return nullptr;
}

}  // namespace connectrpc::codec
