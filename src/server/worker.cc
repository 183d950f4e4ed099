#include "server/worker.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "net/thread.h"

namespace connectrpc::server {
namespace {

constexpr std::chrono::milliseconds kHeldBytesInterval{10};

}  // namespace

// Posted work that owns itself: for what happens once per connection or less.
class Worker::WorkTask final : public net::Task {
 public:
  explicit WorkTask(std::function<void()> work) : work_(std::move(work)) {}
  void Run() override {
    std::unique_ptr<WorkTask> self(this);
    work_();
  }

 private:
  std::function<void()> work_;
};

class Worker::AdoptTask final : public net::Task {
 public:
  AdoptTask(Worker* worker, net::ConnectedSocket socket) : worker_(worker), socket_(std::move(socket)) {}
  void Run() override {
    std::unique_ptr<AdoptTask> self(this);
    worker_->Open(std::move(socket_));
  }

 private:
  Worker* worker_;
  net::ConnectedSocket socket_;
};

Worker::Worker(const ServerContext* context, ServerState* state)
    : context_(context),
      state_(state),
      // Only for spreading load: nobody gains by guessing it.
      random_(static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count())),
      handler_waker_(context->handler_pool, &loop_) {
  streams_.NotifyWhenEmpty([this] {
    if (when_quiet_) ScheduleCleanUp();
  });
}

Worker::~Worker() = default;

void Worker::StartThread() {
  thread_ = net::StartThread([this] { loop_.Run(); });
}

void Worker::StopThread() {
  if (!thread_.joinable()) return;
  loop_.Stop();
  thread_.join();
}

void Worker::Post(std::function<void()> work) {
  loop_.Post(new WorkTask(std::move(work)));
}

void Worker::Adopt(net::ConnectedSocket socket) {
  loop_.Post(new AdoptTask(this, std::move(socket)));
}

void Worker::Open(net::ConnectedSocket socket) {
  if (shut_down_) return Uncount(socket.peer());
  ServerTls::Handshake handshake;
  if (context_->tls != nullptr) {
    handshake = context_->tls->BeginHandshake();
    if (handshake == nullptr) {  // too many
      stats_.refused.Add(1);
      return Uncount(socket.peer());
    }
  }
  auto connection = std::make_unique<Connection>(this, std::move(socket), std::move(handshake));
  connection->index_in_worker = connections_.size();
  connections_.push_back(std::move(connection));
}

void Worker::Uncount(const std::string& peer) {
  state_->connections.fetch_sub(1, std::memory_order_relaxed);
  state_->peers.Remove(peer);
}

std::chrono::milliseconds Worker::Vary(std::chrono::milliseconds time) {
  const int64_t count = time.count();
  const int64_t longest = count > std::numeric_limits<int64_t>::max() / 2 ? count : count + count / 10;
  return std::chrono::milliseconds(std::uniform_int_distribution<int64_t>(count - count / 10, longest)(random_));
}

void Worker::AddHeldBytes(size_t count) {
  if (count != 0) state_->buffered_bytes.fetch_add(count, std::memory_order_relaxed);
}

bool Worker::holds_too_much() const {
  return state_->buffered_bytes.load(std::memory_order_relaxed) > context_->options.limits.max_buffered_bytes;
}

void Worker::WatchHeldBytes() {
  if (!held_bytes_watch_.armed()) loop_.Arm(&held_bytes_watch_, loop_.Now() + kHeldBytesInterval);
}

void Worker::OnHeldBytesWatch() {
  if (holds_too_much()) return WatchHeldBytes();
  for (const auto& connection : connections_) connection->ResumeInput();
}

void Worker::Retire(Connection* connection) {
  Uncount(connection->peer());
  size_t index = connection->index_in_worker;
  retired_.push_back(std::move(connections_[index]));
  if (index != connections_.size() - 1) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index_in_worker = index;
  }
  connections_.pop_back();
  ScheduleCleanUp();
}

void Worker::ScheduleCleanUp() {
  if (clean_up_.scheduled) return;
  clean_up_.scheduled = true;
  loop_.Defer(&clean_up_);
}

void Worker::OnCleanUp() {
  clean_up_.scheduled = false;
  // A flush that is still queued refers to its connection.
  auto deletable = [](const std::unique_ptr<Connection>& connection) { return !connection->flush_scheduled(); };
  retired_.erase(std::remove_if(retired_.begin(), retired_.end(), deletable), retired_.end());
  if (!retired_.empty()) ScheduleCleanUp();
  if (when_quiet_ && connections_.empty() && streams_.in_use() == 0) std::exchange(when_quiet_, nullptr)();
}

void Worker::Shutdown(std::function<void()> when_quiet) {
  shut_down_ = true;
  when_quiet_ = std::move(when_quiet);
  // Backwards: a connection that ends at once is replaced by the last one, which has had its turn.
  for (size_t i = connections_.size(); i-- > 0;) connections_[i]->Shutdown();
  ScheduleCleanUp();
}

size_t Worker::Cut() {
  const Error reason(Code::kUnavailable, "server is shutting down");
  size_t running = 0;
  while (!connections_.empty()) running += connections_.back()->Cut(reason);
  return running;
}

}  // namespace connectrpc::server
