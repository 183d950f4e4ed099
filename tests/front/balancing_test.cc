// Balancing and retries are gRPC's own, by its service config: connect-front only has to leave them alone. Three
// servers share the calls; one is killed under load and comes back; no call is lost.

#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "front/process.h"
#include "support/http1_client.h"

namespace connectrpc::test {
namespace {

constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{"service": "front.test.Backend"}],
    "retryPolicy": {
      "maxAttempts": 5,
      "initialBackoff": "0.01s",
      "maxBackoff": "0.1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
})";

constexpr std::array<const char*, 3> kNames = {"a", "b", "c"};

std::unique_ptr<Process> StartBackend(const char* name, int* port) {
  auto process =
      std::make_unique<Process>(std::vector<std::string>{BACKEND, "127.0.0.1:" + std::to_string(*port), name});
  *port = PortOf(process->WaitForLine("listening on"));
  return process;
}

// Callers without a pause, and who answered them.
class Load {
 public:
  static constexpr int kCallers = 4;

  explicit Load(int port) {
    for (int i = 0; i < kCallers; ++i) callers_.emplace_back([this, port] { Call(port); });
  }
  ~Load() {
    stop_ = true;
    for (std::thread& caller : callers_) caller.join();
  }

  int answers(size_t server) const { return answers_[server]; }
  int lost() const { return lost_; }
  std::string first_loss() {
    std::lock_guard<std::mutex> lock(mutex_);
    return first_loss_;
  }
  // Until `done`, or too long.
  bool RunUntil(const std::function<bool()>& done) {
    std::unique_lock<std::mutex> lock(mutex_);
    return answered_.wait_for(lock, kTimeLimit, done);
  }
  // Until that server has answered so many more.
  bool RunFor(size_t server, int more) {
    const int enough = answers(server) + more;
    return RunUntil([&] { return answers(server) >= enough; });
  }

 private:
  void Call(int port) {
    Http1Client client(port);
    HttpRequest request;
    request.target = "/front.test.Backend/Say";
    request.headers = {{"content-type", "application/json"}};
    request.body = R"({"text":"x"})";
    while (!stop_) {
      const HttpResponse response = client.Exchange(request);
      bool answered = false;
      for (size_t i = 0; i < kNames.size(); ++i) {
        if (response.body.find(std::string(R"("server":")") + kNames[i] + "\"") == std::string::npos) continue;
        ++answers_[i];
        answered = true;
      }
      std::lock_guard<std::mutex> lock(mutex_);
      answered_.notify_all();
      if (answered) continue;
      ++lost_;
      if (first_loss_.empty()) first_loss_ = std::to_string(response.status) + " " + response.body;
    }
  }

  std::atomic<bool> stop_{false};
  std::array<std::atomic<int>, 3> answers_{};
  std::atomic<int> lost_{0};
  std::mutex mutex_;
  std::condition_variable answered_;
  std::string first_loss_;
  std::vector<std::thread> callers_;
};

TEST(BalancingTest, KilledBackendCostsNoCall) {
  std::array<int, 3> ports{};
  std::array<std::unique_ptr<Process>, 3> backends;
  std::string target = "ipv4:";
  for (size_t i = 0; i < kNames.size(); ++i) {
    backends[i] = StartBackend(kNames[i], &ports[i]);
    target += (i == 0 ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(ports[i]);
  }
  Process front({FRONT, "--listen", "127.0.0.1:0", "--backend", target, "--descriptor-set", WHOLE_SET,
                 "--service-config", kServiceConfig, "--backend-max-backoff", "100ms"});
  Load load(PortOf(front.WaitForLine("serving")));
  const auto report = [&load](const char* when) {
    std::cout << when << ": answers";
    for (size_t i = 0; i < kNames.size(); ++i) std::cout << " " << kNames[i] << "=" << load.answers(i);
    std::cout << " lost=" << load.lost() << std::endl;
  };

  for (size_t i = 0; i < kNames.size(); ++i) ASSERT_TRUE(load.RunFor(i, 500)) << kNames[i];
  report("three servers");

  backends[1]->Signal(SIGKILL);
  backends[1]->Wait();
  const int before = load.answers(1);
  ASSERT_TRUE(load.RunFor(0, 1000) && load.RunFor(2, 1000));
  report("b killed");
  // The last answers of the dead were on their way.
  EXPECT_LE(load.answers(1), before + Load::kCallers);

  backends[1] = StartBackend(kNames[1], &ports[1]);
  ASSERT_TRUE(load.RunFor(1, 500));
  report("b restarted");
  EXPECT_EQ(load.lost(), 0) << load.first_loss();
}

}  // namespace
}  // namespace connectrpc::test
