// A client for the suite's runner: `--style generated` calls with the generated Connect client, `--style views` with
// the same, for views of the responses, `--style stub` with stock gRPC stubs whose channel is NewGrpcChannel's.
// Requests come on stdin, what became of them goes to stdout.

#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "conformance/client_caller.h"
#include "conformance/client_transports.h"
#include "conformance/compat_io.h"

namespace connectrpc::conformance {
namespace {

constexpr size_t kMaxRequestBytes = 64 * 1024 * 1024;
constexpr int kThreads = 16;

// Requests on their way from stdin to the threads that make the calls.
class RequestQueue {
 public:
  void Push(v1::ClientCompatRequest request) {
    std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(std::move(request));
    changed_.notify_one();
  }
  void Close() {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  std::optional<v1::ClientCompatRequest> Pop() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !requests_.empty(); });
    if (requests_.empty()) return std::nullopt;
    v1::ClientCompatRequest request = std::move(requests_.front());
    requests_.pop_front();
    return request;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<v1::ClientCompatRequest> requests_;
  bool closed_ = false;
};

v1::ClientCompatResponse Answer(const v1::ClientCompatRequest& request, ClientTransports* transports, Caller* caller) {
  absl::StatusOr<std::shared_ptr<HttpTransport>> transport = transports->Get(request);
  if (!transport.ok()) return Refusal(request, transport.status().ToString());
  return caller->Call(request, *transport);
}

int Run(Caller* caller) {
  ClientTransports transports;
  RequestQueue queue;
  std::mutex out_mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (std::optional<v1::ClientCompatRequest> request = queue.Pop()) {
        const v1::ClientCompatResponse response = Answer(*request, &transports, caller);
        std::lock_guard<std::mutex> lock(out_mutex);
        if (!WriteCompatMessage(response, std::cout)) std::cerr << "the runner reads no more\n";
      }
    });
  }
  CompatRead read;
  v1::ClientCompatRequest request;
  while ((read = ReadCompatMessage(std::cin, kMaxRequestBytes, &request)) == CompatRead::kMessage) {
    queue.Push(std::move(request));
    request.Clear();
  }
  queue.Close();
  for (std::thread& thread : threads) thread.join();
  if (read == CompatRead::kEnd) return 0;
  std::cerr << "what the runner sends is no message\n";
  return 1;
}

int Main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--style") {
    const std::string_view style = argv[2];
    if (style == "generated") return Run(NewGeneratedClientCaller().get());
    if (style == "views") return Run(NewGeneratedViewsCaller().get());
    if (style == "stub") return Run(NewGrpcStubCaller().get());
  }
  std::cerr << "usage: conformance_client --style generated|views|stub\n";
  return 2;
}

}  // namespace
}  // namespace connectrpc::conformance

int main(int argc, char** argv) {
  return connectrpc::conformance::Main(argc, argv);
}
