#include "server/peer_counts.h"

#include "net/address.h"

namespace connectrpc::server {

bool PeerCounts::Add(std::string_view peer) {
  if (max_ == 0) return true;
  std::string network = net::PeerNetwork(peer);
  if (network.empty()) return true;
  std::lock_guard<std::mutex> lock(mutex_);
  size_t& count = counts_[std::move(network)];
  if (count == max_) return false;
  ++count;
  return true;
}

void PeerCounts::Remove(std::string_view peer) {
  if (max_ == 0) return;
  const std::string network = net::PeerNetwork(peer);
  if (network.empty()) return;
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = counts_.find(network);
  if (--found->second == 0) counts_.erase(found);
}

}  // namespace connectrpc::server
