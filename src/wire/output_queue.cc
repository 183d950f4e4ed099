#include "wire/output_queue.h"

#include <algorithm>
#include <utility>

namespace connectrpc::wire {
namespace {

// Spent chunks before this many are not worth an erase.
constexpr size_t kMinSpentChunks = 16;

// Grows by doubling: most queues hold one small response, few hold much.
void AppendToBlock(std::string_view bytes, std::string* block) {
  const size_t needed = block->size() + bytes.size();
  if (needed > block->capacity()) {
    const size_t doubled = std::max(2 * block->capacity(), OutputQueue::kFirstBlockSize);
    block->reserve(std::max(needed, std::min(doubled, OutputQueue::kBlockSize)));
  }
  block->append(bytes);
}

}  // namespace

void OutputQueue::Append(std::string_view bytes) {
  if (bytes.size() >= kReferenceThreshold) {
    Append(Payload::Own(std::string(bytes)));
    return;
  }
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (chunks_.empty() || chunks_.back().reference || chunks_.back().block.size() == kBlockSize) AddBlock();
    std::string& block = chunks_.back().block;
    const size_t fits = std::min(bytes.size(), kBlockSize - block.size());
    AppendToBlock(bytes.substr(0, fits), &block);
    bytes.remove_prefix(fits);
  }
}

void OutputQueue::Append(Payload payload) {
  if (payload.size() < kReferenceThreshold) {
    Append(payload.view());
    return;
  }
  payload.EnsureOwned();
  auto reference = std::make_shared<const Payload>(std::move(payload));
  const std::string_view run = reference->view();
  AppendReference(std::move(reference), run);
}

void OutputQueue::AppendFrom(OutputQueue& from, size_t count) {
  while (count > 0) {
    Chunk& front = from.chunks_[from.head_];
    const std::string_view run = front.view().substr(0, count);
    if (front.reference && run.size() >= kReferenceThreshold) {
      AppendReference(front.reference, run);
    } else {
      Append(run);
    }
    count -= run.size();
    from.Consume(run.size());
  }
}

size_t OutputQueue::Peek(std::string_view* pieces, size_t max_pieces) const {
  const size_t count = std::min(max_pieces, chunks_.size() - head_);
  for (size_t i = 0; i < count; ++i) pieces[i] = chunks_[head_ + i].view();
  return count;
}

void OutputQueue::Consume(size_t count) {
  size_ -= count;
  while (count > 0) {
    Chunk& front = chunks_[head_];
    const size_t available = front.view().size();
    if (count < available) {
      if (front.reference) {
        front.run.remove_prefix(count);
      } else {
        front.consumed += count;
      }
      return;
    }
    count -= available;
    PopFront();
  }
}

void OutputQueue::Clear() {
  Consume(size_);
}

void OutputQueue::AppendReference(std::shared_ptr<const Payload> reference, std::string_view run) {
  size_ += run.size();
  Chunk chunk;
  chunk.reference = std::move(reference);
  chunk.run = run;
  chunks_.push_back(std::move(chunk));
}

void OutputQueue::AddBlock() {
  chunks_.emplace_back();
  chunks_.back().block = std::move(spare_);
  spare_.clear();
}

void OutputQueue::PopFront() {
  Chunk spent = std::move(chunks_[head_]);
  if (spent.block.capacity() > spare_.capacity()) spare_ = std::move(spent.block);
  spare_.clear();
  ++head_;
  if (head_ == chunks_.size()) {
    chunks_.clear();
    head_ = 0;
  } else if (head_ >= kMinSpentChunks && 2 * head_ >= chunks_.size()) {
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

}  // namespace connectrpc::wire
