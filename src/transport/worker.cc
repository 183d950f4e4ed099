#include "transport/worker.h"

#include <utility>

namespace connectrpc::transport {

// In its first turn it ends the calls. Their receivers learn of that at the end of the turn, and release them then or
// by tasks of their own.
class Worker::EndTask final : public LoopTask {
 public:
  EndTask(Worker* worker, Completion* done) : worker_(worker), done_(done) {}

  void Run() override {
    if (turns_++ == 0) {
      const Error ended(Code::kCanceled, "the transport has ended");
      worker_->calls_->Close(ended);
      worker_->pool_->Close(ended);
    } else if (worker_->calls_->in_use() == 0 || turns_ > kMaxTurns) {
      return Finish();
    }
    worker_->runner_.Post(this);
  }

 private:
  // A call that is not released by then was forgotten.
  static constexpr int kMaxTurns = 16;

  void Finish() {
    worker_->pool_.reset();
    worker_->calls_.reset();
    if (done_ != nullptr) {
      done_->Notify();
    } else {
      delete worker_;
    }
    delete this;
  }

  Worker* const worker_;
  Completion* const done_;
  int turns_ = 0;
};

Worker::Worker(std::shared_ptr<const Config> config, std::minstd_rand::result_type seed) : config_(std::move(config)) {
  context_.config = config_.get();
  context_.runner = &runner_;
  context_.random.seed(seed);
  calls_ = std::make_unique<CallPool>(&context_);
  pool_ = std::make_unique<Pool>(config_.get(), &runner_.loop(), seed);
  context_.pool = pool_.get();
}

Worker::~Worker() = default;

void Worker::AddTo(HttpTransportStats* stats) const {
  const PoolStats& pool = pool_->stats();
  stats->connections += pool.connections.value();
  stats->connecting += pool.connecting.value();
  stats->connections_made += pool.made.value();
  stats->connections_failed += pool.failed.value();
  stats->calls += context_.stats.calls.value();
  stats->retries += context_.stats.retries.value();
  stats->resends += context_.stats.resends.value();
}

void Worker::End(Completion* done) {
  runner_.Post(new EndTask(this, done));
}

}  // namespace connectrpc::transport
