// Calls an echo of 64 bytes with one kind of client and says what it cost.
//
// usage: client_bench CLIENT PORT IN_FLIGHT CALLS
//   CLIENT  tcp, grpc-sync, grpc-callback, and ours: connect-sync, connect-callback, connect1-sync (HTTP/1.1),
//           ours-grpc-sync, ours-grpc-callback
//
// Sync clients have IN_FLIGHT threads, callback clients IN_FLIGHT calls at a time. One line: calls/s, the median and
// the 99th percentile of the time that a call took, and the CPU time of the process a call, all in microseconds.
#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/echo.connect.pb.h"
#include "bench/echo.grpc.pb.h"
#include "connectrpc/client.h"
#include "connectrpc/http_transport.h"

namespace connectrpc::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "client_bench: " << why << std::endl;
  std::_Exit(1);
}

EchoRequest MakeRequest() {
  EchoRequest request;
  request.set_text(std::string(62, 'x'));  // 64 bytes with tag and length
  return request;
}

// One kind of client.
class Client {
 public:
  virtual ~Client() = default;
  // For one thread of a sync client: makes a call at each call of the result.
  virtual std::function<void()> NewThread() { Die("not a sync client"); }
  // For callback clients: begins a call, whose end calls `done` on any thread.
  virtual void Start(std::function<void()> /*done*/) { Die("not a callback client"); }
};

class TcpClient final : public Client {
 public:
  explicit TcpClient(int port) : port_(port) {}

  std::function<void()> NewThread() override {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Die("cannot connect");
    return [fd] {
      char buffer[64] = {};
      if (write(fd, buffer, sizeof(buffer)) != sizeof(buffer)) Die("write");
      for (size_t got = 0; got < sizeof(buffer);) {
        const ssize_t count = read(fd, buffer + got, sizeof(buffer) - got);
        if (count <= 0) Die("read");
        got += static_cast<size_t>(count);
      }
    };
  }

 private:
  const int port_;
};

class GrpcClient final : public Client {
 public:
  explicit GrpcClient(int port)
      : stub_(EchoService::NewStub(
            grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()))) {}

  std::function<void()> NewThread() override {
    return [this] {
      grpc::ClientContext context;
      EchoResponse response;
      const grpc::Status status = stub_->Echo(&context, request_, &response);
      if (!status.ok() || response.text() != request_.text()) Die(status.error_message());
    };
  }

  void Start(std::function<void()> done) override {
    struct Call {
      grpc::ClientContext context;
      EchoResponse response;
      std::function<void()> done;
    };
    Call* const call = new Call;
    call->done = std::move(done);
    stub_->async()->Echo(&call->context, &request_, &call->response, [this, call](const grpc::Status& status) {
      if (!status.ok() || call->response.text() != request_.text()) Die(status.error_message());
      call->done();
      delete call;
    });
  }

 private:
  const EchoRequest request_ = MakeRequest();
  const std::unique_ptr<EchoService::Stub> stub_;
};

class OurClient final : public Client {
 public:
  OurClient(int port, Protocol protocol, HttpVersions http) : client_(NewTransport(port, protocol, http)) {}

  std::function<void()> NewThread() override {
    return [this] { Check(client_.Echo(request_)); };
  }

  void Start(std::function<void()> done) override {
    client_.Echo(request_, CallOptions(), [this, done = std::move(done)](const Result<EchoResponse>& result) {
      Check(result);
      done();
    });
  }

 private:
  static std::shared_ptr<Transport> NewTransport(int port, Protocol protocol, HttpVersions http) {
    HttpTransportOptions options;
    options.protocol = protocol;
    options.http = http;
    options.limits.max_connections = http == HttpVersions::kHttp1 ? 1000 : 1;
    auto transport = HttpTransport::Create("http://127.0.0.1:" + std::to_string(port), options);
    if (!transport.ok()) Die(transport.status().ToString());
    return *std::move(transport);
  }
  void Check(const Result<EchoResponse>& result) const {
    if (!result.ok() || result->text() != request_.text()) Die(result.error().message);
  }

  const EchoRequest request_ = MakeRequest();
  EchoServiceClient client_;
};

std::unique_ptr<Client> NewClient(const std::string& name, int port) {
  if (name == "tcp") return std::make_unique<TcpClient>(port);
  if (name.rfind("grpc-", 0) == 0) return std::make_unique<GrpcClient>(port);
  if (name.rfind("ours-grpc-", 0) == 0) {
    return std::make_unique<OurClient>(port, Protocol::kGrpc, HttpVersions::kHttp2);
  }
  if (name.rfind("connect-", 0) == 0) {
    return std::make_unique<OurClient>(port, Protocol::kConnect, HttpVersions::kHttp2);
  }
  if (name.rfind("connect1-", 0) == 0) {
    return std::make_unique<OurClient>(port, Protocol::kConnect, HttpVersions::kHttp1);
  }
  Die("no client is called " + name);
}

// How long each call took.
using Times = std::vector<double>;

double Micros(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

Times RunThreads(Client* client, int threads, int calls) {
  std::vector<Times> times(static_cast<size_t>(threads));
  std::vector<std::thread> running;
  for (Times& mine : times) {
    running.emplace_back([client, &mine, count = calls / threads] {
      const std::function<void()> call = client->NewThread();
      mine.reserve(static_cast<size_t>(count));
      for (int i = 0; i < count; ++i) {
        const Clock::time_point start = Clock::now();
        call();
        mine.push_back(Micros(Clock::now() - start));
      }
    });
  }
  Times all;
  for (size_t i = 0; i < times.size(); ++i) {
    running[i].join();
    all.insert(all.end(), times[i].begin(), times[i].end());
  }
  return all;
}

// Keeps IN_FLIGHT calls going until CALLS have been made.
class CallbackRun {
 public:
  CallbackRun(Client* client, int calls) : client_(client), times_(static_cast<size_t>(calls)) {}

  Times Run(int in_flight) {
    for (int i = 0; i < in_flight; ++i) Next();
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return ended_ == times_.size(); });
    return std::move(times_);
  }

 private:
  void Next() {
    const size_t index = begun_.fetch_add(1);
    if (index >= times_.size()) return;
    const Clock::time_point start = Clock::now();
    client_->Start([this, index, start] {
      times_[index] = Micros(Clock::now() - start);
      Next();
      if (ended_.fetch_add(1) + 1 < times_.size()) return;
      std::lock_guard<std::mutex> lock(mutex_);
      changed_.notify_one();
    });
  }

  Client* const client_;
  Times times_;
  std::atomic<size_t> begun_{0};
  std::atomic<size_t> ended_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
};

double CpuMicros() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

int Main(int argc, char** argv) {
  if (argc != 5) Die("usage: client_bench CLIENT PORT IN_FLIGHT CALLS");
  const std::string name = argv[1];
  const int in_flight = std::atoi(argv[3]);
  const int calls = std::atoi(argv[4]);
  const std::unique_ptr<Client> client = NewClient(name, std::atoi(argv[2]));
  const bool callback = name.size() > 9 && name.substr(name.size() - 9) == "-callback";
  const auto run = [&](int count) {
    return callback ? CallbackRun(client.get(), count).Run(in_flight) : RunThreads(client.get(), in_flight, count);
  };
  run(std::max(in_flight, calls / 10));  // connections, pools and caches
  const double cpu = CpuMicros();
  const Clock::time_point start = Clock::now();
  Times times = run(calls);
  const double wall = Micros(Clock::now() - start);
  const double cpu_used = CpuMicros() - cpu;
  std::sort(times.begin(), times.end());
  const double count = static_cast<double>(times.size());
  std::printf("%.0f %.1f %.1f %.2f\n", count * 1e6 / wall, times[times.size() / 2], times[times.size() * 99 / 100],
              cpu_used / count);
  return 0;
}

}  // namespace
}  // namespace connectrpc::bench

int main(int argc, char** argv) {
  return connectrpc::bench::Main(argc, argv);
}
