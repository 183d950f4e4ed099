#include <gmock/gmock.h>
#include <netdb.h>
#include <netinet/in.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/connector.h"
#include "net/net_test_util.h"

namespace connectrpc::net {
namespace {

// What getaddrinfo answers: an error, or addresses.
struct Answer {
  int error = 0;
  std::vector<std::string> addresses;
  int system_error = 0;
};
// Asked on the thread of the lookup. One test sets it while no lookup runs.
std::function<Answer(const std::string& host, const std::string& port)> look_up;
std::atomic<int> lists{0};  // given out and not freed

struct Entry : addrinfo {
  sockaddr_storage storage;
};

addrinfo* MakeList(const std::vector<std::string>& addresses) {
  addrinfo* first = nullptr;
  for (auto text = addresses.rbegin(); text != addresses.rend(); ++text) {
    const SocketAddress address = *text == "other" ? SocketAddress() : ParseEndpoint(*text)->addresses.at(0);
    auto* const entry = new Entry();
    entry->storage = address.storage;
    entry->ai_family = *text == "other" ? AF_PACKET : address.family();
    entry->ai_addr = reinterpret_cast<sockaddr*>(&entry->storage);
    entry->ai_addrlen = address.size;
    entry->ai_next = first;
    first = entry;
  }
  if (first != nullptr) ++lists;
  return first;
}

}  // namespace

// In place of the C library's, for the test program.
extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints, addrinfo** list) {
  EXPECT_EQ(hints->ai_socktype, SOCK_STREAM);
  const Answer answer = look_up(host, port);
  if (answer.error == 0) *list = MakeList(answer.addresses);
  errno = answer.system_error;
  return answer.error;
}

extern "C" void freeaddrinfo(addrinfo* list) noexcept {
  if (list == nullptr) return;
  --lists;
  while (list != nullptr) {
    auto* const entry = static_cast<Entry*>(list);
    list = list->ai_next;
    delete entry;
  }
}

namespace {

using ::testing::ElementsAreArray;

class ResolverTest : public LoopTest, public Resolver::Watcher {
 protected:
  void OnResolved(absl::StatusOr<std::vector<SocketAddress>> addresses) override {
    EXPECT_FALSE(starting_) << "from inside Start";
    EXPECT_TRUE(loop.InLoopThread());
    result.emplace(std::move(addresses));
    resolver.reset();  // as owners do
    loop.Stop();
  }
  void Start(const std::string& text) {
    result.reset();
    starting_ = true;
    resolver = Resolver::Start(&loop, *ParseEndpoint(text), this);
    starting_ = false;
  }
  std::vector<std::string> Resolve(const std::string& text) {
    Start(text);
    Run();
    if (!result->ok()) return {std::string(result->status().message())};
    std::vector<std::string> texts;
    for (const SocketAddress& address : **result) texts.push_back(FormatAddress(address));
    return texts;
  }

  std::unique_ptr<Resolver> resolver;
  std::optional<absl::StatusOr<std::vector<SocketAddress>>> result;

 private:
  bool starting_ = false;
};

TEST_F(ResolverTest, FamiliesTakeTurns) {
  const struct {
    const char* name;
    std::vector<std::string> found;
    std::vector<std::string> expected;
  } cases[] = {
      {"one", {"10.0.0.1:80"}, {"10.0.0.1:80"}},
      {"IPv6 first",
       {"[::1]:80", "[::2]:80", "[::3]:80", "10.0.0.1:80", "10.0.0.2:80"},
       {"[::1]:80", "10.0.0.1:80", "[::2]:80", "10.0.0.2:80", "[::3]:80"}},
      {"IPv4 first",
       {"10.0.0.1:80", "[::1]:80", "[::2]:80", "[::3]:80"},
       {"10.0.0.1:80", "[::1]:80", "[::2]:80", "[::3]:80"}},
      {"by turns already", {"10.0.0.1:80", "[::1]:80", "10.0.0.2:80"}, {"10.0.0.1:80", "[::1]:80", "10.0.0.2:80"}},
      {"others are passed over", {"other", "10.0.0.1:80"}, {"10.0.0.1:80"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string asked;
    look_up = [&](const std::string& host, const std::string& port) {
      asked = host + " " + port;
      return Answer{0, c.found, 0};
    };
    EXPECT_THAT(Resolve("name.example:80"), ElementsAreArray(c.expected));
    EXPECT_EQ(asked, "name.example 80");
    EXPECT_EQ(lists, 0);
  }
}

TEST_F(ResolverTest, SaysWhyNot) {
  const struct {
    const char* name;
    Answer answer;
    const char* message;
  } cases[] = {
      {"no such name", {EAI_NONAME, {}, 0}, "Name or service not known"},
      {"try again", {EAI_AGAIN, {}, 0}, "Temporary failure in name resolution"},
      {"system", {EAI_SYSTEM, {}, EMFILE}, "Too many open files"},
      {"none of ours", {0, {"other"}, 0}, "no address"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    look_up = [&](const std::string&, const std::string&) { return c.answer; };
    EXPECT_THAT(Resolve("name.example:80"),
                ::testing::ElementsAre(std::string("cannot resolve \"name.example\": ") + c.message));
    EXPECT_EQ(result->status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(lists, 0);
  }
}

TEST_F(ResolverTest, WhatIsKnownIsNotLookedUp) {
  look_up = [](const std::string&, const std::string&) {
    ADD_FAILURE() << "was asked";
    return Answer{EAI_NONAME, {}, 0};
  };
  EXPECT_THAT(Resolve("10.0.0.1:80"), ::testing::ElementsAre("10.0.0.1:80"));
  EXPECT_THAT(Resolve("unix:@app"), ::testing::ElementsAre("unix:@app"));
  EXPECT_THAT(Resolve("localhost:80"), ::testing::ElementsAre("127.0.0.1:80", "[::1]:80"));
  Start("10.0.0.1:80");
  resolver.reset();
  RunTurns(3);
  EXPECT_FALSE(result.has_value()) << "after its end";
}

// A lookup that takes its time holds up neither the loop nor the end of anything.
TEST_F(ResolverTest, AbandonedLookupGoesOnByItself) {
  enum { kDestroyResolver, kDestroyLoop, kLookUpFirst };
  for (const int order : {kDestroyResolver, kDestroyLoop, kLookUpFirst}) {
    SCOPED_TRACE(order);
    std::promise<void> begun, go_on;
    auto ended = std::make_shared<std::promise<void>>();
    struct AtEndOfThread {
      ~AtEndOfThread() { ended->set_value(); }
      std::shared_ptr<std::promise<void>> ended;
    };
    look_up = [&](const std::string&, const std::string&) {
      thread_local AtEndOfThread at_end{ended};
      (void)at_end;
      begun.set_value();
      go_on.get_future().wait();
      return Answer{0, {"10.0.0.1:80"}, 0};
    };
    auto other_loop = std::make_unique<Loop>();
    resolver =
        Resolver::Start(order == kDestroyLoop ? other_loop.get() : &loop, *ParseEndpoint("name.example:80"), this);
    begun.get_future().wait();
    RunTurns(3);
    EXPECT_FALSE(result.has_value());
    if (order == kLookUpFirst) go_on.set_value(), ended->get_future().wait();
    resolver.reset();
    other_loop.reset();
    if (order != kLookUpFirst) go_on.set_value(), ended->get_future().wait();
    RunTurns(3);
    EXPECT_FALSE(result.has_value());
    EXPECT_EQ(lists, 0);
  }
}

TEST_F(ResolverTest, ManyAtOnce) {
  look_up = [](const std::string& host, const std::string&) {
    return Answer{0, {"10.0.0." + host.substr(1) + ":80"}, 0};
  };
  struct Watcher final : Resolver::Watcher {
    void OnResolved(absl::StatusOr<std::vector<SocketAddress>> addresses) override {
      EXPECT_EQ(FormatAddress(addresses->at(0)), expected);
      if (--*left == 0) loop->Stop();
    }
    std::string expected;
    int* left;
    Loop* loop;
  };
  constexpr int kLookups = 50;
  int left = kLookups;
  std::vector<Watcher> watchers(kLookups);
  std::vector<std::unique_ptr<Resolver>> resolvers;
  for (int i = 0; i < kLookups; ++i) {
    watchers[i].expected = "10.0.0." + std::to_string(i) + ":80";
    watchers[i].left = &left;
    watchers[i].loop = &loop;
    resolvers.push_back(Resolver::Start(&loop, *ParseEndpoint("n" + std::to_string(i) + ":80"), &watchers[i]));
  }
  Run();
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace connectrpc::net
