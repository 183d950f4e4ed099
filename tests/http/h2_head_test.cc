#include "http/h2_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h2_peer.h"

namespace connectrpc::test {
namespace {

using HeadProblem = http::HttpStream::HeadProblem;
using ::testing::ElementsAre;

// What became of a request: its stream, or the code of the RST_STREAM that answered it.
struct Outcome {
  TestServer server;
  TestStream* stream = nullptr;  // null unless there was a kHead
  uint32_t reset = 0;
  bool goaway = false;
};

std::unique_ptr<Outcome> Send(const Fields& fields, const http::SessionLimits& limits = {}) {
  auto outcome = std::unique_ptr<Outcome>(new Outcome{TestServer(limits)});
  outcome->server.Feed(Preface() + HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block(fields)));
  for (const RawFrame& frame : outcome->server.OutputFrames()) {
    if (frame.type == NGHTTP2_RST_STREAM) outcome->reset = ReadUint32(frame.payload);
    if (frame.type == NGHTTP2_GOAWAY) outcome->goaway = true;
  }
  const std::vector<std::string> log = outcome->server.log(1);
  if (!log.empty() && log[0].compare(0, 4, "head") == 0) {
    outcome->stream = outcome->server.stream(1);
  } else {
    EXPECT_THAT(log, ElementsAre("closed")) << "the server gets back what it gave";
  }
  return outcome;
}

Fields With(const std::string& name, const std::string& value) {
  Fields fields = RequestFields();
  fields.emplace_back(name, value);
  return fields;
}

Fields Replaced(const std::string& name, const std::string& value) {
  Fields fields = RequestFields();
  for (auto& field : fields) {
    if (field.first == name) field.second = value;
  }
  return fields;
}

Fields Without(const std::string& name) {
  Fields fields;
  for (const auto& field : RequestFields()) {
    if (field.first != name) fields.push_back(field);
  }
  return fields;
}

// Which bytes nghttp2 lets through. What gRPC would refuse among them is refused further up.
TEST(H2HeadTest, EveryByteInAValue) {
  for (int byte = 0; byte < 256; ++byte) {
    SCOPED_TRACE(byte);
    const std::string value = std::string("a") + static_cast<char>(byte) + "b";
    const auto outcome = Send(With("x-test", value));
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    EXPECT_FALSE(outcome->goaway);
    if (control) {
      EXPECT_EQ(outcome->stream, nullptr);
      EXPECT_EQ(outcome->reset, NGHTTP2_PROTOCOL_ERROR);
    } else {
      ASSERT_NE(outcome->stream, nullptr);
      EXPECT_EQ(outcome->stream->request.headers.Find("x-test"), value);
    }
  }
}

TEST(H2HeadTest, EveryByteInAName) {
  const std::string token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
  for (int byte = 0; byte < 256; ++byte) {
    SCOPED_TRACE(byte);
    const std::string name = std::string("x") + static_cast<char>(byte) + "y";
    const auto outcome = Send(With(name, "v"));
    EXPECT_FALSE(outcome->goaway);
    if (token.find(static_cast<char>(byte)) == std::string::npos) {
      EXPECT_EQ(outcome->stream, nullptr);
      EXPECT_EQ(outcome->reset, NGHTTP2_PROTOCOL_ERROR);
    } else {
      ASSERT_NE(outcome->stream, nullptr);
      EXPECT_EQ(outcome->stream->request.headers.Find(name), "v");
    }
  }
}

TEST(H2HeadTest, EveryByteInThePath) {
  for (int byte = 0; byte < 256; ++byte) {
    SCOPED_TRACE(byte);
    const std::string path = std::string("/a") + static_cast<char>(byte) + "b";
    const auto outcome = Send(Replaced(":path", path));
    EXPECT_FALSE(outcome->goaway);
    EXPECT_NE(outcome->stream == nullptr, outcome->reset == 0);
    if (outcome->stream != nullptr) {
      EXPECT_EQ(outcome->stream->request.target, path);
      EXPECT_GT(byte, 0x20);
    }
  }
}

TEST(H2HeadTest, PseudoFieldsAndHost) {
  struct Case {
    const char* name;
    Fields fields;
    bool accepted;
  };
  Fields host_only = Without(":authority");
  host_only.emplace_back("host", "other");
  Fields repeated_path = RequestFields();
  repeated_path.insert(repeated_path.begin(), {":path", "/other"});
  Fields late_path = Without(":path");
  late_path.emplace_back("x", "y");
  late_path.emplace_back(":path", "/late");
  Fields connect = {{":method", "CONNECT"}, {":authority", "host"}};
  Fields extended_connect = Replaced(":method", "CONNECT");
  extended_connect.insert(extended_connect.begin() + 1, {":protocol", "websocket"});
  const std::vector<Case> cases = {
      {"plain", RequestFields(), true},
      {"no authority and no host", Without(":authority"), false},
      {"host alone", host_only, true},
      {"host is the authority", With("host", "host"), true},
      {"host is the authority in other letters", With("host", "HOST"), true},
      {"host is another", With("host", "evil"), false},
      {"no method", Without(":method"), false},
      {"no path", Without(":path"), false},
      {"no scheme", Without(":scheme"), false},
      {"empty path", Replaced(":path", ""), false},
      {"path without slash", Replaced(":path", "svc/M"), false},
      {"path repeated", repeated_path, false},
      {"path after a field", late_path, false},
      {"unknown pseudo field", With(":unknown", "x"), false},
      {"CONNECT", connect, false},
      {"extended CONNECT", extended_connect, false},
      {"connection field", With("connection", "close"), false},
      {"te", With("te", "trailers"), true},
      {"te gzip", With("te", "gzip"), false},
      {"upper case", With("X-Test", "v"), false},
      {"empty name", With("", "v"), false},
      // Left to the server, which answers them.
      {"foreign scheme", Replaced(":scheme", "ftp"), true},
      {"lower-case method", Replaced(":method", "post"), true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto outcome = Send(c.fields);
    EXPECT_EQ(outcome->stream != nullptr, c.accepted);
    EXPECT_EQ(outcome->reset, c.accepted ? NGHTTP2_NO_ERROR : NGHTTP2_PROTOCOL_ERROR);
    EXPECT_FALSE(outcome->goaway);
    if (outcome->stream == nullptr) continue;
    EXPECT_EQ(outcome->stream->request.headers.Find("host"), std::nullopt);
    EXPECT_FALSE(outcome->stream->request.authority.empty());
  }
  // nghttp2 asks for the slash only with http and https: the server has to look.
  Fields foreign = Replaced(":scheme", "ftp");
  foreign[2].second = "svc/M";
  const auto outcome = Send(foreign);
  ASSERT_NE(outcome->stream, nullptr);
  EXPECT_EQ(outcome->stream->request.target, "svc/M");
}

TEST(H2HeadTest, SecureConnectionsWantHttps) {
  const struct {
    const char* name;
    const char* scheme;
    bool https_only;
    bool accepted;
  } cases[] = {
      {"https, secure", "https", true, true},    {"http, secure", "http", true, false},
      {"foreign, secure", "ftp", true, false},   {"longer, secure", "httpss", true, false},
      {"https, in clear", "https", false, true}, {"http, in clear", "http", false, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    http::SessionLimits limits;
    limits.https_only = c.https_only;
    const auto outcome = Send(Replaced(":scheme", c.scheme), limits);
    EXPECT_EQ(outcome->stream != nullptr, c.accepted);
    EXPECT_EQ(outcome->reset, c.accepted ? NGHTTP2_NO_ERROR : NGHTTP2_PROTOCOL_ERROR);
  }
}

// --- Limits, at n and n + 1 ---

TEST(H2HeadTest, LimitOfBytes) {
  size_t size = 0;
  for (const auto& [name, value] : With("x", "")) size += name.size() + value.size() + 32;
  http::SessionLimits limits;
  limits.max_header_list_bytes = size + 100;

  const auto at = Send(With("x", std::string(100, 'v')), limits);
  ASSERT_NE(at->stream, nullptr);
  EXPECT_EQ(at->stream->head_problem, HeadProblem::kNone);
  EXPECT_EQ(at->stream->request.headers.size(), 1u);

  Fields over_fields = With("x", std::string(101, 'v'));
  over_fields.emplace_back("y", "w");
  const auto over = Send(over_fields, limits);
  ASSERT_NE(over->stream, nullptr) << "the server answers it";
  EXPECT_EQ(over->stream->head_problem, HeadProblem::kTooLarge);
  EXPECT_TRUE(over->stream->request.headers.empty()) << "nothing is kept from the excess on";
  EXPECT_EQ(over->stream->request.target, "/svc.S/Unary");
}

TEST(H2HeadTest, LimitOfFields) {
  http::SessionLimits limits;
  limits.max_header_fields = 3;
  Fields fields = RequestFields();  // pseudo fields do not count
  for (const char* crumb : {"a=1", "b=2", "c=3"}) fields.emplace_back("cookie", crumb);
  const auto at = Send(fields, limits);
  ASSERT_NE(at->stream, nullptr);
  EXPECT_EQ(at->stream->head_problem, HeadProblem::kNone);
  EXPECT_EQ(at->stream->request.headers.size(), 3u);

  fields.emplace_back("cookie", "d=4");
  fields.emplace_back("x", "y");
  const auto over = Send(fields, limits);
  ASSERT_NE(over->stream, nullptr);
  EXPECT_EQ(over->stream->head_problem, HeadProblem::kTooManyFields);
  EXPECT_EQ(over->stream->request.headers.size(), 3u);
}

TEST(H2HeadTest, LimitOfThePath) {
  http::SessionLimits limits;
  limits.max_request_line_bytes = 50;
  const auto at = Send(Replaced(":path", "/" + std::string(49, 'p')), limits);
  ASSERT_NE(at->stream, nullptr);
  EXPECT_EQ(at->stream->head_problem, HeadProblem::kNone);
  EXPECT_EQ(at->stream->request.target.size(), 50u);

  Fields over_fields = Replaced(":path", "/" + std::string(50, 'p'));
  over_fields.emplace_back("content-type", "application/grpc");
  const auto over = Send(over_fields, limits);
  ASSERT_NE(over->stream, nullptr);
  EXPECT_EQ(over->stream->head_problem, HeadProblem::kTargetTooLong);
  EXPECT_TRUE(over->stream->request.target.empty());
  EXPECT_EQ(over->stream->request.headers.Find("content-type"), "application/grpc") << "tells the caller's protocol";
  // So long that the rest of the head does not fit either: what is wrong with it is still the path.
  limits.max_header_list_bytes = 500;
  const auto huge = Send(Replaced(":path", "/" + std::string(500, 'p')), limits);
  ASSERT_NE(huge->stream, nullptr);
  EXPECT_EQ(huge->stream->head_problem, HeadProblem::kTargetTooLong);
}

TEST(H2HeadTest, DefaultLimits) {
  Fields fields = RequestFields();
  for (int i = 0; i < 100; ++i) fields.emplace_back("x-" + std::to_string(i), "v");
  EXPECT_EQ(Send(fields)->stream->head_problem, HeadProblem::kNone);
  fields.emplace_back("x-100", "v");
  EXPECT_EQ(Send(fields)->stream->head_problem, HeadProblem::kTooManyFields);
  EXPECT_EQ(Send(With("x", std::string(16 * 1024, 'v')))->stream->head_problem, HeadProblem::kTooLarge);
}

TEST(H2HeadTest, LimitsOfTrailers) {
  http::SessionLimits limits;
  limits.max_header_fields = 10;
  for (const int count : {10, 11}) {
    SCOPED_TRACE(count);
    TestServer server(limits);
    Fields trailers;
    for (int i = 0; i < count; ++i) trailers.emplace_back("t", "v");
    Fields fields = RequestFields();
    for (int i = 0; i < 10; ++i) fields.emplace_back("x", "v");  // counted apart
    server.Feed(Preface() + HeadersFrames(1, 0, Block(fields)) + Frame(NGHTTP2_DATA, 0, 1, "x") +
                HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block(trailers)));
    server.Output();
    if (count == 10) {
      EXPECT_THAT(server.log(1), ElementsAre("head POST /svc.S/Unary", "body x end"));
    } else {
      EXPECT_THAT(server.log(1), ElementsAre("head POST /svc.S/Unary", "body x", "aborted", "closed"));
    }
  }
}

// A head block that decodes to 128,000 fields (CVE-2026-49975): a problem to answer, no memory taken.
TEST(H2HeadTest, HeaderBombKeepsNothing) {
  TestServer server;
  // "c:" with an empty value enters the dynamic table at index 62; 0xbe names it.
  const std::string insert = std::string("\x40\1", 2) + "c" + std::string(1, '\0');
  std::string bomb = Block(RequestFields()) + insert + std::string(16000, '\xbe');
  std::string frames = Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, bomb.substr(0, 16000));
  for (int i = 0; i < 8; ++i) {
    frames += Frame(NGHTTP2_CONTINUATION, i == 7 ? NGHTTP2_FLAG_END_HEADERS : NGHTTP2_FLAG_NONE, 1,
                    std::string(16000, '\xbe'));
  }
  server.Feed(Preface() + frames);
  TestStream* stream = server.stream(1);
  EXPECT_THAT(server.log(1), ElementsAre("head POST /svc.S/Unary end"));
  EXPECT_EQ(stream->head_problem, HeadProblem::kTooManyFields);
  EXPECT_EQ(stream->request.headers.size(), 100u);
  EXPECT_GT(stream->header_count, 128000u);
}

}  // namespace
}  // namespace connectrpc::test
