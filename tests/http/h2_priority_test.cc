#include "http/h2_priority.h"

#include <gtest/gtest.h>

#include "http/h2_peer.h"

namespace connectrpc::test {
namespace {

TEST(H2PriorityTest, Values) {
  const struct {
    const char* name;
    const char* value;
    uint32_t urgency;
    bool incremental;
  } cases[] = {
      {"nothing", "", 3, false},
      {"both", "u=1, i", 1, true},
      {"other way round", "i,u=5", 5, true},
      {"most urgent", "u=0", 0, false},
      {"least urgent", "u=7", 7, false},
      {"out of range", "u=8", 3, false},
      {"two digits", "u=10", 3, false},
      {"negative", "u=-1", 3, false},
      {"no number", "u=", 3, false},
      {"true", "i=?1", 3, true},
      {"false", "i=?0", 3, false},
      {"the last counts", "u=1, i, u=2, i=?0", 2, false},
      {"parameters", "u=2;x=y, i;z", 2, true},
      {"unknown members", "a, u=2, b=\"c\"", 2, false},
      {"empty members", ",, u=2 ,", 2, false},
      {"upper case", "U=2, I", 3, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const http::Priority priority = http::ParsePriority(c.value);
    EXPECT_EQ(priority.urgency, c.urgency);
    EXPECT_EQ(priority.incremental, c.incremental);
  }
}

// The order in which two answers leave that are there at once: those of streams 1 and 3.
std::vector<int32_t> DataOrder(const char* first, const char* second) {
  TestServer server({}, Answer(std::string(20'000, 'b')));
  int32_t id = 1;
  std::string input = Preface();
  for (const char* priority : {first, second}) {
    Fields fields = RequestFields();
    fields.emplace_back("priority", priority);
    input += HeadersFrames(id, NGHTTP2_FLAG_END_STREAM, Block(fields));
    id += 2;
  }
  server.Feed(input);
  std::vector<int32_t> order;
  for (const RawFrame& frame : server.OutputFrames()) {
    if (frame.type == NGHTTP2_DATA) order.push_back(frame.stream_id);
  }
  return order;
}

TEST(H2PriorityTest, OrderOfAnswers) {
  EXPECT_EQ(DataOrder("u=3", "u=3"), (std::vector<int32_t>{1, 1, 3, 3}));
  EXPECT_EQ(DataOrder("u=5", "u=4"), (std::vector<int32_t>{3, 3, 1, 1}));
  EXPECT_EQ(DataOrder("i", "i"), (std::vector<int32_t>{1, 3, 1, 3}));
}

}  // namespace
}  // namespace connectrpc::test
