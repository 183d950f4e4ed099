#include "wire/output_queue.h"

#include <algorithm>
#include <utility>

namespace connectrpc::wire {
namespace {

// Spent chunks before this many are not worth an erase.
constexpr size_t kMinSpentChunks = 16;

void FreeBytes(void* bytes) {
  delete[] static_cast<char*>(bytes);
}

}  // namespace

void OutputQueue::Append(std::string_view bytes) {
  if (bytes.size() >= kReferenceThreshold) {
    Append(Payload::Own(std::string(bytes)));
    return;
  }
  size_ += bytes.size();
  if (!chunks_.empty()) {  // nearly always there is room
    Chunk& last = chunks_.back();
    if (!last.reference && bytes.size() <= last.block.size - last.filled) {
      last.filled += bytes.copy(last.block.bytes.get() + last.filled, bytes.size());
      return;
    }
  }
  while (!bytes.empty()) {
    Chunk& chunk = BlockFor(bytes.size());
    const size_t count = bytes.copy(chunk.block.bytes.get() + chunk.filled, chunk.block.size - chunk.filled);
    chunk.filled += count;
    bytes.remove_prefix(count);
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

char* OutputQueue::Extend(size_t size) {
  if (size >= kReferenceThreshold) {
    std::unique_ptr<char[]> bytes(new char[size]);
    const std::string_view run(bytes.get(), size);
    Payload payload = Payload::Adopt(run, FreeBytes, bytes.get());
    char* const begin = bytes.release();
    AppendReference(std::make_shared<const Payload>(std::move(payload)), run);
    return begin;
  }
  if (size == 0) return &no_bytes_;  // a chunk is never empty
  Chunk* chunk = &BlockFor(size);
  if (chunk->block.size - chunk->filled < size) chunk = &AddBlock(size);
  char* const begin = chunk->block.bytes.get() + chunk->filled;
  chunk->filled += size;
  size_ += size;
  return begin;
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

// By doubling: most queues hold one small response, few hold much.
void OutputQueue::Block::Grow(size_t needed, size_t filled) {
  const size_t grown = std::min(std::max({needed, 2 * size, kFirstBlockSize}), kBlockSize);
  if (grown <= size) return;
  std::unique_ptr<char[]> room(new char[grown]);
  std::copy_n(bytes.get(), filled, room.get());
  bytes = std::move(room);
  size = grown;
}

OutputQueue::Chunk& OutputQueue::BlockFor(size_t size) {
  if (chunks_.empty() || chunks_.back().reference || chunks_.back().filled == kBlockSize) return AddBlock(size);
  Chunk& chunk = chunks_.back();
  if (chunk.filled + size > chunk.block.size) chunk.block.Grow(chunk.filled + size, chunk.filled);
  return chunk;
}

OutputQueue::Chunk& OutputQueue::AddBlock(size_t size) {
  chunks_.emplace_back();
  Block& block = chunks_.back().block;
  block = std::exchange(spare_, Block());
  if (size > block.size) block.Grow(size, 0);
  return chunks_.back();
}

void OutputQueue::PopFront() {
  Chunk& front = chunks_[head_];
  if (front.block.size > spare_.size) spare_ = std::exchange(front.block, Block());
  ++head_;
  if (head_ == chunks_.size()) {
    chunks_.clear();
    head_ = 0;
    return;
  }
  [[maybe_unused]] const Chunk spent = std::move(front);  // frees what it holds
  if (head_ >= kMinSpentChunks && 2 * head_ >= chunks_.size()) {
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

}  // namespace connectrpc::wire
