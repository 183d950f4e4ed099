#include "interop/server_watch.h"

namespace connectrpc::interop {

ServerWatch::ServerWatch(grpc::GenericStub* stub) {
  context_.set_initial_metadata_corked(true);  // until the first write, and there is none
  stub->PrepareBidiStreamingCall(&context_, "/", grpc::StubOptions(), this);
  StartCall();
}

ServerWatch::~ServerWatch() {
  context_.TryCancel();
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return done_; });
}

void ServerWatch::OnDone(const grpc::Status& /*status*/) {
  serving_.store(false, std::memory_order_release);
  // The destructor may run as soon as the lock is released: nothing comes after it.
  std::lock_guard<std::mutex> lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

}  // namespace connectrpc::interop
