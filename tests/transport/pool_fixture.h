#ifndef CONNECTRPC_TESTS_TRANSPORT_POOL_FIXTURE_H_
#define CONNECTRPC_TESTS_TRANSPORT_POOL_FIXTURE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/fake_resolver.h"
#include "transport/pool.h"

// A pool with the loop and the connections of tests/transport/fake, and lookups that the test answers: time passes when
// it says so.
namespace connectrpc::transport {

inline constexpr char kA[] = "10.0.0.1:1";
inline constexpr char kB[] = "10.0.0.2:1";
inline constexpr char kC[] = "10.0.0.3:1";

// A call that keeps its connection until it is ended or destroyed.
class FakeCall final : public Pool::Waiter {
 public:
  explicit FakeCall(Pool* pool) : pool_(pool) {}
  ~FakeCall() { pool_->Forget(this); }

  void Take(const Connection* avoid = nullptr) {
    inside_ = true;
    Connection* const taken = pool_->Take(this, avoid);
    inside_ = false;
    if (taken != nullptr) OnConnection(taken);
  }
  void GiveUp() { pool_->Forget(this); }
  void End() { std::exchange(connection, nullptr)->GiveBack(); }
  bool waits() const { return connection == nullptr && error.ok(); }

  Connection* connection = nullptr;
  Error error;
  std::function<void()> on_unavailable = [] {};

 private:
  void OnConnection(Connection* taken) override {
    EXPECT_FALSE(inside_);
    EXPECT_TRUE(waits());
    EXPECT_GT(taken->capacity(), 0u);
    taken->TakePlace();
    connection = taken;
  }
  void OnUnavailable(const Error& why) override {
    EXPECT_FALSE(inside_);
    EXPECT_TRUE(waits());
    EXPECT_FALSE(why.ok());
    error = why;
    on_unavailable();
  }

  Pool* const pool_;
  bool inside_ = false;
};

class PoolTest : public ::testing::Test {
 protected:
  PoolTest() { UseHttp2(); }
  ~PoolTest() override {
    calls_.clear();
    pool_.reset();
    loop_.RunDeferred();  // of the pool that is gone
  }

  void UseHttp2() { config_.http2_in_clear = true; }
  void UseHttp1() { config_.http2_in_clear = false; }
  void SetAddresses(Balancing balancing, const std::vector<std::string>& texts) {
    config_.options.balancing = balancing;
    config_.endpoints.clear();
    for (const std::string& text : texts) config_.endpoints.push_back({"", 0, *net::ParseListenAddress(text)});
  }
  void SetName(Balancing balancing, const std::string& host) {
    config_.options.balancing = balancing;
    config_.endpoints = {{host, 1, {}}};
  }
  void MakePool() { pool_ = std::make_unique<Pool>(&config_, &loop_, 1, &net::FakeResolver::Start); }

  FakeCall* Call(bool wait_for_ready = false) {
    if (pool_ == nullptr) MakePool();
    calls_.push_back(std::make_unique<FakeCall>(pool_.get()));
    calls_.back()->wait_for_ready = wait_for_ready;
    calls_.back()->Take();
    return calls_.back().get();
  }
  // That cannot be served.
  Error CallFails() {
    FakeCall* const call = Call();
    loop_.RunDeferred();
    EXPECT_FALSE(call->waits());
    EXPECT_EQ(call->connection, nullptr);
    return call->error;
  }
  std::vector<std::string> Targets() const {
    std::vector<std::string> targets;
    for (const Connection* connection : loop_.connections) targets.push_back(connection->to);
    return targets;
  }
  Connection* connection(size_t index) const { return loop_.connections.at(index); }
  net::FakeResolver* lookup() const { return loop_.lookups.at(0); }

  Config config_;
  net::Loop loop_;
  std::unique_ptr<Pool> pool_;
  std::vector<std::unique_ptr<FakeCall>> calls_;  // go before the pool
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_TESTS_TRANSPORT_POOL_FIXTURE_H_
