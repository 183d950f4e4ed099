#include "net/connector.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "net/listener.h"
#include "net/net_test_util.h"

namespace connectrpc::net {
namespace {

using ::testing::HasSubstr;

class ConnectorTest : public LoopTest, public Connector::Watcher {
 protected:
  void OnConnected(absl::StatusOr<std::unique_ptr<ByteStream>> stream) override {
    EXPECT_FALSE(result.has_value()) << "once";
    EXPECT_FALSE(starting_) << "from inside Start";
    result = std::move(stream);
    loop.Stop();
  }

  void Start(const std::vector<SocketAddress>& addresses, const ConnectOptions& options = {}) {
    result.reset();
    starting_ = true;
    connector = Connector::Start(&loop, addresses, options, this, &watcher);
    starting_ = false;
  }
  std::string Outcome() {
    Run();
    return result->ok() ? "connected" : std::string(result->status().message());
  }

  std::optional<absl::StatusOr<std::unique_ptr<ByteStream>>> result;
  FunctionWatcher watcher;
  std::unique_ptr<Connector> connector;

 private:
  bool starting_ = false;
};

std::vector<SocketAddress> Parsed(const std::vector<std::string>& texts) {
  std::vector<SocketAddress> addresses;
  for (const std::string& text : texts) addresses.push_back(ParseEndpoint(text)->addresses.at(0));
  return addresses;
}

TEST_F(ConnectorTest, Connects) {
  auto listener = Listener::Open(&loop, "127.0.0.1:0");
  ASSERT_TRUE(listener.ok());
  Start(Parsed({(*listener)->address()}));
  EXPECT_EQ(Outcome(), "connected");
  EXPECT_EQ((**result)->peer(), "ipv4:" + (*listener)->address());
}

}  // namespace
}  // namespace connectrpc::net
