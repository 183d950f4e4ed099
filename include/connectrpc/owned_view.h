#ifndef CONNECTRPC_OWNED_VIEW_H_
#define CONNECTRPC_OWNED_VIEW_H_

#include <atomic>
#include <cstddef>
#include <string_view>
#include <utility>

#include "connectrpc/error.h"
#include "connectrpc/payload.h"
#include "connectrpc/views/view.h"

namespace connectrpc {

// As which error of a call it is told: invalid_argument for what is no message, resource_exhausted, naming the option,
// where a limit of views::ParseOptions was met.
[[nodiscard]] Error ToError(const views::ParseError& error);

namespace views::internal {

// What the handles of one message share. Its bytes stay where they are: a short string moves them when it is moved.
class MessageBlock final {
 public:
  MessageBlock() = default;
  MessageBlock(const MessageBlock&) = delete;
  MessageBlock& operator=(const MessageBlock&) = delete;

  void Ref() { references_.fetch_add(1, std::memory_order_relaxed); }
  // Deletes it with the last reference.
  void Unref() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  bool shared() const { return references_.load(std::memory_order_acquire) != 1; }

  // For the next message, when not shared. Keeps so many bytes of memory at most.
  void Reset(size_t keep);
  // After a Reset of its own: holds `bytes`, and returns them where they are now.
  std::string_view Anchor(Payload bytes);
  Payload SharePiece(std::string_view piece);

  Arena arena;
  std::string_view message;

 private:
  ~MessageBlock() = default;

  std::atomic<size_t> references_{1};
  Payload bytes_;  // empty where they were copied to the arena
};

}  // namespace views::internal

// A message and all that reading it in place needs: its bytes, the arena, and the view of type `View` (FooView), which
// is what `*` and `->` give. Where a handler, or a client, is given an OwnedView, it can keep it, move it and pass it
// on; a plain view is for reading where it is.
//
// Move-only; moving moves no bytes, so that views and strings that were taken from the message stay valid. An empty one
// (by default, moved from, or after a failed Parse) is the empty message. One that is parsed again uses its memory
// again.
//
// What it gives out is valid until it is destroyed, cleared, assigned to or parsed again, and must not be asked of a
// temporary, which does not compile. To keep the message longer, move the handle, or Share() it.
//
// Several threads may read one at a time; handles that share a message may be used by different threads.
template <class View>
class CONNECTRPC_OWNER(View) OwnedView final {
 public:
  using ViewType = View;
  // Of the class that protobuf generates.
  using Message = typename View::Message;

  OwnedView() = default;
  OwnedView(OwnedView&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)), view_(std::exchange(other.view_, nullptr)) {}
  OwnedView& operator=(OwnedView&& other) noexcept {
    if (this != &other) {
      Drop();
      block_ = std::exchange(other.block_, nullptr);
      view_ = std::exchange(other.view_, nullptr);
    }
    return *this;
  }
  ~OwnedView() { Drop(); }

  // Reads a message in protobuf's wire format, in place of what was held. Borrowed bytes are copied, owned ones taken
  // over. Bytes that are no such message leave it empty; `*error`, if not null, says what is wrong.
  [[nodiscard]] bool Parse(Payload bytes, const views::ParseOptions& options = {}, views::ParseError* error = nullptr) {
    view_ = nullptr;
    const std::string_view anchored = Anchor(std::move(bytes));
    view_ = View::Parse(anchored, &block_->arena, options, error);
    if (view_ == nullptr) Clear();
    return view_ != nullptr;
  }
  // Empties it, and lets go of the bytes. Keeps memory for the next message, but no more than `keep` bytes.
  void Clear(size_t keep = views::Arena::kDefaultKeep) {
    view_ = nullptr;
    if (block_ == nullptr) return;
    if (block_->shared()) {
      Drop();
    } else {
      block_->Reset(keep);
    }
  }

  const View& operator*() const& noexcept CONNECTRPC_LIFETIME_BOUND { return Get(); }
  const View* operator->() const& noexcept CONNECTRPC_LIFETIME_BOUND { return &Get(); }
  const View& operator*() const&& = delete;
  const View* operator->() const&& = delete;

  // The message in protobuf's wire format, as it came.
  std::string_view bytes() const& noexcept CONNECTRPC_LIFETIME_BOUND {
    return view_ != nullptr ? block_->message : std::string_view();
  }
  std::string_view bytes() const&& = delete;

  // Another handle to the same message, which lives until the last one is gone.
  [[nodiscard]] OwnedView Share() const {
    OwnedView other;
    if (view_ == nullptr) return other;
    block_->Ref();
    other.block_ = block_;
    other.view_ = view_;
    return other;
  }
  // A string or bytes field of this message (or a piece of one), to be kept beyond it: large ones keep the message,
  // less than a quarter of which is copied, so that nothing small keeps much in memory.
  [[nodiscard]] Payload SharePiece(std::string_view piece) const {
    return view_ != nullptr ? block_->SharePiece(piece) : Payload();
  }

 private:
  const View& Get() const noexcept { return views::internal::OrDefault<View>(view_); }

  std::string_view Anchor(Payload bytes) {
    if (block_ == nullptr || block_->shared()) {
      Drop();
      block_ = new views::internal::MessageBlock();
    }
    return block_->Anchor(std::move(bytes));
  }
  void Drop() {
    view_ = nullptr;
    if (block_ != nullptr) std::exchange(block_, nullptr)->Unref();
  }

  views::internal::MessageBlock* block_ = nullptr;
  const View* view_ = nullptr;  // in the block's arena
};

}  // namespace connectrpc

#endif  // CONNECTRPC_OWNED_VIEW_H_
