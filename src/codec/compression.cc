#include "codec/compression.h"

#include <algorithm>
#include <utility>

#include "wire/encoding_list.h"

namespace connectrpc::codec {

void CompressionRegistry::Add(std::unique_ptr<Compressor> compressor) {
  const auto same = std::find_if(compressors_.begin(), compressors_.end(),
                                 [&](const auto& other) { return other->name() == compressor->name(); });
  if (same != compressors_.end()) {
    *same = std::move(compressor);
    return;
  }
  if (!accept_list_.empty()) accept_list_.append(", ");
  accept_list_.append(compressor->name());
  compressors_.push_back(std::move(compressor));
}

const Compressor* CompressionRegistry::Find(std::string_view name) const {
  for (const auto& compressor : compressors_) {
    if (compressor->name() == name) return compressor.get();
  }
  return nullptr;
}

const Compressor* CompressionRegistry::Negotiate(std::string_view accept) const {
  wire::EncodingList encodings(accept);
  for (std::string_view name = encodings.Next(); !name.empty(); name = encodings.Next()) {
    if (const Compressor* compressor = Find(name)) return compressor;
  }
  return nullptr;
}

}  // namespace connectrpc::codec
