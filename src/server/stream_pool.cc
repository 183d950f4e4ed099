#include "server/stream_pool.h"

#include <utility>

namespace connectrpc::server {

Stream* StreamPool::Acquire() {
  ++in_use_;
  if (spare_.empty()) return std::make_unique<Stream>().release();
  Stream* stream = spare_.back().release();
  spare_.pop_back();
  return stream;
}

void StreamPool::Release(Stream* stream) {
  if (--in_use_ == 0 && notify_empty_) notify_empty_();
  std::unique_ptr<Stream> owned(stream);
  if (spare_.size() == kMaxSpare) return;
  owned->Clear();
  spare_.push_back(std::move(owned));
}

}  // namespace connectrpc::server
