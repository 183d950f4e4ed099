#include "connectrpc/http_transport.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "transport/check_options.h"
#include "transport/worker.h"

namespace connectrpc {
namespace transport {
namespace {

class HttpTransportImpl final : public HttpTransport {
 public:
  // Throws what LoopRunner and std::random_device throw.
  explicit HttpTransportImpl(std::shared_ptr<const Config> config) : config_(std::move(config)) {
    std::random_device random;
    for (int i = 0; i < config_->options.loops; ++i) {
      workers_.push_back(std::make_unique<Worker>(config_, std::uniform_int_distribution<uint32_t>()(random)));
    }
  }

  ~HttpTransportImpl() override {
    // The last reference may go away in a callback, on one of the loops: that one cannot be waited for.
    const bool in_loop =
        std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->runner()->InLoop(); });
    if (in_loop) {
      for (auto& worker : workers_) worker.release()->End(nullptr);
      return;
    }
    std::vector<Completion> ended(workers_.size());
    for (size_t i = 0; i < workers_.size(); ++i) workers_[i]->End(&ended[i]);
    for (Completion& completion : ended) completion.Wait();
  }

  const CallOptions& defaults() const override { return config_->options.defaults; }

  CallLoop* PickLoop() override {
    if (workers_.size() == 1) return workers_[0]->runner();
    // A call made in a callback stays there: nobody has to be woken for it, and one that would block is recognised.
    for (const auto& worker : workers_) {
      if (worker->runner()->InLoop()) return worker->runner();
    }
    return workers_[next_.fetch_add(1, std::memory_order_relaxed) % workers_.size()]->runner();
  }

  TransportCall* Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                       TransportCall::Receiver* receiver) override {
    const auto worker = std::find_if(workers_.begin(), workers_.end() - 1,
                                     [loop](const auto& candidate) { return candidate->runner() == loop; });
    return (*worker)->Start(method, options, receiver);
  }

  HttpTransportStats stats() const override {
    HttpTransportStats stats;
    for (const auto& worker : workers_) worker->AddTo(&stats);
    return stats;
  }

 private:
  const std::shared_ptr<const Config> config_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<size_t> next_{0};
};

}  // namespace
}  // namespace transport

absl::StatusOr<std::shared_ptr<HttpTransport>> HttpTransport::Create(std::string_view url,
                                                                     const HttpTransportOptions& options) {
  absl::StatusOr<std::unique_ptr<const transport::Config>> config = transport::MakeConfig(url, options);
  if (!config.ok()) return config.status();
  try {
    return std::make_shared<transport::HttpTransportImpl>(*std::move(config));
  } catch (const std::runtime_error& error) {  // no threads or descriptors left
    return absl::UnavailableError(std::string("cannot start event loops: ") + error.what());
  }
}

}  // namespace connectrpc
