// What handlers may end with, valid or not, and what the caller sees of it in each protocol.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kMethods[] = {"Echo", "Collect", "Expand", "Chat"};

void AddField(google::protobuf::RepeatedPtrField<echo::Field>* fields, std::string name, std::string value) {
  echo::Field* field = fields->Add();
  field->set_name(std::move(name));
  field->set_value(std::move(value));
}

// A serialized google.rpc.Status with so many details.
std::string Details(int code, const std::string& message, int count) {
  echo::RpcStatus status;
  status.set_code(code);
  status.set_message(message);
  for (int i = 0; i < count; ++i) {
    google::protobuf::Any* any = status.add_details();
    any->set_type_url("type.googleapis.com/unknown.Type" + std::to_string(i));
    any->set_value("\xff");
  }
  return status.SerializeAsString();
}

class HandlerOutputTest : public ::testing::TestWithParam<Door> {
 protected:
  ~HandlerOutputTest() override { EXPECT_TRUE(IsAlive(server_.port())); }

  // Calls `check` with the result of each method over each wire.
  template <class F>
  void ForEachCall(const echo::EchoRequest& request, F&& check) {
    for (const Wire& wire : kWires) {
      for (const char* method : kMethods) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method);
        CallSpec spec;
        spec.service = GetParam().service;
        spec.method = method;
        spec.requests = {request};
        check(wire, spec, RawCall(server_.port(), wire, spec));
      }
    }
  }

 private:
  EchoServer server_{LocalOptions(), GetParam().mount};
};
INSTANTIATE_TEST_SUITE_P(, HandlerOutputTest, ::testing::ValuesIn(kDoors),
                         [](const auto& info) { return info.param.name; });

TEST_P(HandlerOutputTest, ExceptionsAreErrorsWithoutTheirText) {
  echo::EchoRequest request;
  request.set_throws(true);
  ForEachCall(request, [](const Wire&, const CallSpec& spec, const CallResult& result) {
    // Of a callback method it is, as in gRPC, what no reactor is: unimplemented. Those of streams throw when they read.
    const bool no_reactor = GetParam().mount == Mount::kDirect && (spec.method == "Echo" || spec.method == "Expand");
    EXPECT_EQ(result.code, no_reactor ? 12 : 2);
    EXPECT_THAT(result.message, ::testing::Not(::testing::HasSubstr("thrown")));
  });
}

TEST_P(HandlerOutputTest, CodesOutsideTheListAreUnknown) {
  // Numbers that take more bits than gRPC's enum has are undefined behaviour in gRPC's own headers.
  for (const int code : {17, 31, -1, -32}) {
    SCOPED_TRACE(code);
    echo::EchoRequest request;
    request.mutable_outcome()->set_code(code);
    request.mutable_outcome()->set_message("odd");
    ForEachCall(request, [](const Wire&, const CallSpec&, const CallResult& result) {
      EXPECT_EQ(result.code, 2);
      EXPECT_EQ(result.message, "odd");
    });
  }
}

TEST_P(HandlerOutputTest, EveryCodeKeepsItsNumber) {
  for (int code = 1; code <= 16; ++code) {
    SCOPED_TRACE(code);
    echo::EchoRequest request;
    request.mutable_outcome()->set_code(code);
    ForEachCall(request, [&](const Wire&, const CallSpec&, const CallResult& result) {
      EXPECT_EQ(result.code, code);
      EXPECT_EQ(result.message, "");
    });
  }
}

TEST_P(HandlerOutputTest, Messages) {
  const struct {
    const char* name;
    std::string sent;
    std::string received;  // as UTF-8, which JSON and grpc-message must be
  } cases[] = {
      {"line ends and NUL", std::string("a\r\nb\0c", 6), std::string("a\r\nb\0c", 6)},
      {"percent", "100%41", "100%41"},
      {"UTF-8", "\xc3\xa9\xe2\x9c\x93\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x9c\x93\xf0\x9f\x98\x80"},
      {"not UTF-8",
       "a\xff"
       "b\xc3",
       "a\xef\xbf\xbd"
       "b\xef\xbf\xbd"},
      {"quotes", "\"\\/<>&'", "\"\\/<>&'"},
      {"4 KiB", std::string(4096, 'm'), std::string(4096, 'm')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    echo::EchoRequest request;
    request.mutable_outcome()->set_code(5);
    request.mutable_outcome()->set_message(c.sent);
    ForEachCall(request, [&](const Wire&, const CallSpec&, const CallResult& result) {
      EXPECT_EQ(result.code, 5);
      EXPECT_EQ(result.message, c.received);
    });
  }
}

TEST_P(HandlerOutputTest, ErrorDetails) {
  const struct {
    const char* name;
    std::string bytes;
    size_t details;
  } cases[] = {
      {"none", Details(7, "m", 0), 0},
      {"unknown types", Details(7, "m", 1), 1},
      {"many", Details(7, "m", 50), 50},
      {"code and message left out", Details(0, "", 2), 2},
      {"code and message of another error", Details(3, "other", 2), 2},
      {"no google.rpc.Status", "just text", 0},
      {"cut", Details(7, "m", 1).substr(0, 10), 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    echo::EchoRequest request;
    request.mutable_outcome()->set_code(7);
    request.mutable_outcome()->set_message("m");
    request.mutable_outcome()->set_details(c.bytes);
    ForEachCall(request, [&](const Wire&, const CallSpec&, const CallResult& result) {
      EXPECT_EQ(result.code, 7);
      EXPECT_EQ(result.message, "m");
      EXPECT_THAT(result.details, SizeIs(c.details));
      if (!result.details.empty()) {
        EXPECT_EQ(result.details[0].type, "unknown.Type0");
        EXPECT_EQ(result.details[0].value, "\xff");
      }
    });
  }
}

// Metadata that gRPC takes from handlers, but that belongs to HTTP or to the protocols.
TEST_P(HandlerOutputTest, ReservedMetadataIsNotSent) {
  constexpr const char* kReserved[] = {"connection",
                                       "transfer-encoding",
                                       "upgrade",
                                       "keep-alive",
                                       "proxy-connection",
                                       "content-encoding",
                                       "content-length",
                                       "host",
                                       "te",
                                       "trailer",
                                       "trailer-x",
                                       "date",
                                       "connect-x",
                                       "grpc-x",
                                       "grpc-status",
                                       "grpc-message",
                                       "grpc-encoding",
                                       "content-type",
                                       "connect-content-encoding"};
  echo::EchoRequest request;
  request.set_responses(1);
  for (const char* name : kReserved) {
    AddField(request.mutable_headers(), name, "forged");
    AddField(request.mutable_trailers(), name, "forged");
  }
  AddField(request.mutable_headers(), "set-cookie", "a=b");
  AddField(request.mutable_headers(), "set-cookie", "c=d");
  AddField(request.mutable_trailers(), "cache-control", "no-store");
  for (const int code : {0, 10}) {
    SCOPED_TRACE(code);
    request.mutable_outcome()->set_code(code);
    request.mutable_outcome()->set_message("m");
    ForEachCall(request, [&](const Wire&, const CallSpec&, const CallResult& result) {
      EXPECT_EQ(result.code, code);
      for (const Fields& fields : {result.headers, result.trailers}) {
        for (const auto& [name, value] : fields) EXPECT_NE(value, "forged") << name;
      }
      EXPECT_EQ(Find(result.headers, "set-cookie"), "a=b, c=d");
      EXPECT_EQ(Find(result.trailers, "cache-control"), "no-store");
    });
  }
}

TEST_P(HandlerOutputTest, BinaryMetadataMayHoldAnything) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  echo::EchoRequest request;
  for (const std::string& value : {all, std::string(), std::string(1, '\0'), std::string("ab")}) {
    request.clear_headers();
    request.clear_trailers();
    AddField(request.mutable_headers(), "x-bin", "");
    AddField(request.mutable_headers(), "x-value-bin", value);
    AddField(request.mutable_trailers(), "x-end-bin", value);
    ForEachCall(request, [&](const Wire&, const CallSpec&, const CallResult& result) {
      EXPECT_EQ(result.code, 0);
      EXPECT_EQ(Find(result.headers, "x-value-bin"), value);
      EXPECT_EQ(Find(result.trailers, "x-end-bin"), value);
    });
  }
}

TEST_P(HandlerOutputTest, EmptyAnswersAreMessages) {
  echo::EchoRequest request;
  request.set_responses(1);
  ForEachCall(request, [](const Wire&, const CallSpec&, const CallResult& result) {
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.responses, SizeIs(1));
  });
}

// Nothing bounds what a handler answers but the protocol itself.
TEST_P(HandlerOutputTest, LargeAnswersPass) {
  echo::EchoRequest request;
  request.set_responses(1);
  request.set_response_bytes(16 * 1024 * 1024);
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    CallSpec spec;
    spec.service = GetParam().service;
    spec.method = "Expand";
    spec.requests = {request};
    EchoServer server(LocalOptions(), GetParam().mount);
    const CallResult result = RawCall(server.port(), wire, spec);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_THAT(result.responses, SizeIs(1));
    EXPECT_EQ(result.responses[0].data().size(), request.response_bytes());
  }
}

}  // namespace
}  // namespace connectrpc::test
