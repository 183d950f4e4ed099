#include "net/descriptor.h"

#include "net/loop_impl.h"

namespace connectrpc::net {

struct Descriptor::Handler {
  using allocator_type = HandlerAllocator<>;
  allocator_type get_allocator() const noexcept { return allocator_type(&wait->memory); }
  // An error needs no attention: the next read or write meets it.
  void operator()(const boost::system::error_code&) const { descriptor->OnReady(wait); }

  std::shared_ptr<Descriptor> descriptor;
  OneWait* wait;
};

Descriptor::Descriptor(Loop* loop, UniqueFd fd, ByteStream::Watcher* watcher)
    : loop_(loop), watcher_(watcher), asio_(loop->impl().context) {
  boost::system::error_code error;
  asio_.assign(fd.get(), error);
  if (error) return;
  fd.Release();
  asio_.non_blocking(true, error);
}

void Descriptor::Wait(OneWait* wait) {
  if (closed_ || wait->state != OneWait::State::kIdle) return;
  wait->state = OneWait::State::kAskedFor;
  if (!is_linked()) loop_->impl().waiting.push_back(*this);
}

void Descriptor::StartWaits() {
  Start(&read_wait_);
  Start(&write_wait_);
}

void Descriptor::Start(OneWait* wait) {
  if (wait->state != OneWait::State::kAskedFor) return;
  asio_.async_wait(wait == &read_wait_ ? asio_.wait_read : asio_.wait_write, Handler{shared_from_this(), wait});
  wait->state = OneWait::State::kStarted;
}

void Descriptor::OnReady(OneWait* wait) {
  wait->state = OneWait::State::kIdle;
  loop_->impl().UpdateNow();
  if (closed_) return;
  if (wait == &read_wait_) {
    watcher_->OnReadable();
  } else {
    watcher_->OnWritable();
  }
}

void Descriptor::Close() {
  if (closed_) return;
  closed_ = true;
  unlink();
  boost::system::error_code ignored;
  asio_.close(ignored);
}

UniqueFd Descriptor::Release() {
  closed_ = true;
  unlink();
  return asio_.is_open() ? UniqueFd(asio_.release()) : UniqueFd();
}

}  // namespace connectrpc::net
