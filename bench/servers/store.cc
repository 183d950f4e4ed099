#include "bench/servers/store.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <future>
#include <iostream>
#include <mutex>
#include <string_view>
#include <utility>

namespace connectrpc::bench {
namespace {

constexpr int kConnections = 8;
constexpr std::string_view kQuestion = "*2\r\n$7\r\nHGETALL\r\n$8\r\nfortunes\r\n";

// Reads the parts of RESP that HGETALL answers: an array of bulk strings.
class Reply {
 public:
  explicit Reply(std::string_view bytes) : bytes_(bytes) {}

  enum class State { kComplete, kIncomplete, kBroken };

  // Fields and values by turns; `parts` point into the bytes.
  State Read(std::vector<std::string_view>* parts) {
    size_t count = 0;
    if (State state = Number('*', &count); state != State::kComplete) return state;
    for (size_t i = 0; i < count; ++i) {
      size_t size = 0;
      if (State state = Number('$', &size); state != State::kComplete) return state;
      if (bytes_.size() < position_ + size + 2) return State::kIncomplete;
      parts->push_back(bytes_.substr(position_, size));
      position_ += size + 2;
    }
    return State::kComplete;
  }

  // Bytes read.
  size_t position() const { return position_; }

 private:
  State Number(char type, size_t* number) {
    const size_t end = bytes_.find("\r\n", position_);
    if (end == std::string_view::npos) return State::kIncomplete;
    const char* const first = bytes_.data() + position_ + 1;
    const char* const last = bytes_.data() + end;
    if (bytes_[position_] != type || std::from_chars(first, last, *number).ptr != last) return State::kBroken;
    position_ = end + 2;
    return State::kComplete;
  }

  const std::string_view bytes_;
  size_t position_ = 0;
};

Store::Answer MakeAnswer(const std::vector<std::string_view>& parts) {
  std::vector<std::pair<std::string_view, int>> fortunes;
  fortunes.reserve(parts.size() / 2 + 1);
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    int id = 0;
    std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), id);
    fortunes.emplace_back(parts[i + 1], id);
  }
  fortunes.emplace_back("Additional fortune added at request time.", 0);
  std::sort(fortunes.begin(), fortunes.end());
  fortune::v1::GetFortunesResponse response;
  for (const auto& [text, id] : fortunes) {
    fortune::v1::Fortune& fortune = *response.add_fortunes();
    fortune.set_id(id);
    fortune.set_message(text.data(), text.size());
  }
  return response;
}

}  // namespace

class Store::Connection {
 public:
  using Done = std::function<void(Answer)>;

  explicit Connection(int fd) : fd_(fd) {}
  ~Connection() {
    Fail();
    close(fd_);
  }

  int fd() const { return fd_; }

  void Ask(Done done) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!failed_ && send(fd_, kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL) == ssize_t{kQuestion.size()}) {
      waiting_.push_back(std::move(done));
      return;
    }
    lock.unlock();
    done(std::nullopt);
  }

  // Takes what has arrived and answers. False: the connection is of no use any more.
  bool Read() {
    char buffer[64 * 1024];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    if (size <= 0) return Fail();
    bytes_.append(buffer, size);
    size_t begin = 0;
    while (begin < bytes_.size()) {
      std::vector<std::string_view> parts;
      Reply reply(std::string_view(bytes_).substr(begin));
      const Reply::State state = reply.Read(&parts);
      if (state == Reply::State::kBroken) return Fail();
      if (state == Reply::State::kIncomplete) break;
      begin += reply.position();
      Take()(MakeAnswer(parts));
    }
    bytes_.erase(0, begin);
    return true;
  }

 private:
  Done Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.empty()) return [](Answer) {};
    Done done = std::move(waiting_.front());
    waiting_.pop_front();
    return done;
  }

  bool Fail() {
    std::deque<Done> waiting;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      failed_ = true;
      waiting.swap(waiting_);
    }
    for (const Done& done : waiting) done(std::nullopt);
    return false;
  }

  const int fd_;
  std::string bytes_;  // the reading thread's
  std::mutex mutex_;
  std::deque<Done> waiting_;
  bool failed_ = false;
};

Store::Store() = default;

std::unique_ptr<Store> Store::Connect(int port) {
  std::unique_ptr<Store> store(new Store);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  for (int i = 0; i < kConnections; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
      std::cerr << "cannot connect to Redis on port " << port << ": " << std::strerror(errno) << std::endl;
      if (fd >= 0) close(fd);
      return nullptr;
    }
    store->connections_.push_back(std::make_unique<Connection>(fd));
  }
  if (pipe(store->stop_) != 0) return nullptr;
  store->reader_ = std::thread([store = store.get()] { store->Read(); });
  return store;
}

Store::~Store() {
  if (reader_.joinable()) {
    close(stop_[1]);
    reader_.join();
    close(stop_[0]);
  }
}

void Store::Read() {
  std::vector<pollfd> polled;
  for (const auto& connection : connections_) polled.push_back({connection->fd(), POLLIN, 0});
  polled.push_back({stop_[0], POLLIN, 0});
  while (polled.back().revents == 0) {
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
    for (size_t i = 0; i < connections_.size(); ++i) {
      // poll passes over descriptors below zero.
      if (polled[i].revents != 0 && !connections_[i]->Read()) polled[i].fd = -1;
      polled[i].revents = 0;
    }
  }
}

void Store::Ask(std::function<void(Answer)> done) {
  connections_[next_.fetch_add(1, std::memory_order_relaxed) % kConnections]->Ask(std::move(done));
}

Store::Answer Store::Ask() {
  std::promise<Answer> promise;
  std::future<Answer> answer = promise.get_future();
  Ask([&promise](Answer value) { promise.set_value(std::move(value)); });
  return answer.get();
}

}  // namespace connectrpc::bench
