#include "protocol/connect_error.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

TEST(ConnectError, Writes) {
  struct {
    const char* name;
    Error error;
    const char* json;
  } cases[] = {
      {"code alone", Error(Code::kCanceled, ""), R"({"code":"canceled"})"},
      {"message is escaped", Error(Code::kInternal, "\"\r\n\x01\\"),
       R"({"code":"internal","message":"\"\r\n\u0001\\"})"},
      {"what is not UTF-8", Error(Code::kInternal, "a\xff"), "{\"code\":\"internal\",\"message\":\"a\xef\xbf\xbd\"}"},
      {"details keep their order", WithDetails(Error(Code::kAborted, "m")),
       R"({"code":"aborted","message":"m","details":[{"type":"a.B","value":"CAE"},{"type":"a.C","value":""}]})"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    std::string json;
    AppendConnectError(test.error, &json);
    EXPECT_EQ(json, test.json);
  }
}

TEST(ConnectError, Reads) {
  const Error fallback(Code::kUnavailable, "HTTP status 503");
  struct {
    const char* name;
    const char* json;
    const char* error;  // empty: none
  } cases[] = {
      {"all", R"({"code":"aborted","message":"m","details":[{"type":"a.B","value":"CAE"}]})",
       "aborted \"m\" a.B=\\x08\\x01"},
      {"no message", R"({"code":"aborted"})", "aborted \"\""},
      {"null message", R"({"code":"aborted","message":null})", "aborted \"\""},
      {"message of another type", R"({"code":"aborted","message":7})", "aborted \"\""},
      {"null code", R"({"code":null,"message":"m"})", "unavailable \"m\""},
      {"unknown code", R"({"code":"cancelled","message":"m"})", "unavailable \"m\""},
      {"no error has the code ok", R"({"code":"ok","message":"m"})", "unavailable \"m\""},
      {"code in upper case", R"({"code":"ABORTED"})", "unavailable \"HTTP status 503\""},
      {"code as a number", R"({"code":10,"message":"m"})", "unavailable \"m\""},
      {"empty object", "{}", "unavailable \"HTTP status 503\""},
      {"unknown members at any level",
       R"({"x":[{}],"code":"aborted","details":[{"type":"a.B","value":"","y":{"z":[1]}}]})", "aborted \"\" a.B="},
      {"debug is ignored", R"({"code":"aborted","details":[{"type":"a.B","value":"CAE","debug":["?"]}]})",
       "aborted \"\" a.B=\\x08\\x01"},
      {"padded value, type with a URL",
       R"({"code":"aborted","details":[{"type":"type.googleapis.com/a.B","value":"CA=="}]})", "aborted \"\" a.B=\\x08"},
      {"undecodable value is kept", R"({"code":"aborted","details":[{"type":"a.B","value":"*"}]})",
       "aborted \"\" a.B=*"},
      {"detail without members", R"({"code":"aborted","details":[{},{"type":null,"value":null}]})", "aborted \"\" = ="},
      {"details of another type", R"({"code":"aborted","details":"x"})", "aborted \"\""},
      {"null details", R"({"code":"aborted","details":null})", "aborted \"\""},
      {"detail of another type", R"({"code":"aborted","details":[1,null,[]]})", "aborted \"\""},
      {"escapes", R"({"code":"\u0061borted","message":"\u00e9\n"})", "aborted \"\\xc3\\xa9\\x0a\""},
      {"empty", "", ""},
      {"null", "null", ""},
      {"array", R"([{"code":"aborted"}])", ""},
      {"string", R"("aborted")", ""},
      {"truncated", R"({"code":"aborted")", ""},
      {"more behind it", R"({"code":"aborted"}{})", ""},
      {"member twice", R"({"code":"aborted","code":"internal"})", ""},
      {"member twice, once null", R"({"details":null,"details":[]})", ""},
      {"unknown member twice", R"({"code":"aborted","x":1,"x":2})", "aborted \"\""},
      {"member of a detail twice", R"({"code":"aborted","details":[{"type":"a.B","type":"a.B"}]})", ""},
      {"not UTF-8", "{\"code\":\"aborted\",\"message\":\"\xff\"}", ""},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    Error error(Code::kOk, "left over");
    error.details.emplace_back();
    bool parsed = ParseConnectError(test.json, fallback, &error);
    EXPECT_EQ(parsed ? Show(error) : "", test.error);
  }
}

TEST(ConnectError, BoundsDepth) {
  Error error;
  for (std::string brackets : {"[]", "{}"}) {
    SCOPED_TRACE(brackets);
    const auto nested = [&](int depth) {
      std::string open;
      std::string close;
      for (int i = 2; i < depth; ++i) {
        open += brackets == "[]" ? "[" : "{\"x\":";
        close += brackets[1];
      }
      return "{\"code\":\"aborted\",\"x\":" + open + brackets + close + "}";
    };
    EXPECT_TRUE(ParseConnectError(nested(kMaxConnectJsonDepth), Error(), &error));
    EXPECT_FALSE(ParseConnectError(nested(kMaxConnectJsonDepth + 1), Error(), &error));
  }
  EXPECT_FALSE(ParseConnectError(std::string(kMaxConnectJsonBytes, '['), Error(), &error));
}

TEST(ConnectError, BoundsSize) {
  std::string json = R"({"code":"aborted"})";
  json.resize(kMaxConnectJsonBytes, ' ');
  Error error;
  EXPECT_TRUE(ParseConnectError(json, Error(), &error));
  json.push_back(' ');
  EXPECT_FALSE(ParseConnectError(json, Error(), &error));
}

TEST(EndStream, Writes) {
  struct {
    const char* name;
    Error error;
    const char* trailers;
    const char* json;
  } cases[] = {
      {"success", Error(), "", "{}"},
      {"success with metadata", Error(), "b: 1\na: 2\nb: \"\n", R"({"metadata":{"a":["2"],"b":["1","\""]}})"},
      {"error", Error(Code::kAborted, "m"), "", R"({"error":{"code":"aborted","message":"m"}})"},
      {"error with metadata", Error(Code::kAborted, ""), "a: 1\n",
       R"({"error":{"code":"aborted"},"metadata":{"a":["1"]}})"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    std::string json;
    AppendEndStream(test.error, Fields(test.trailers), &json);
    EXPECT_EQ(json, test.json);
  }
}

TEST(EndStream, Reads) {
  const char* malformed = "internal \"malformed end of stream\"\n";
  struct {
    const char* name;
    const char* json;
    const char* end;
  } cases[] = {
      {"success", "{}", "ok\n"},
      {"null error", R"({"error":null})", "ok\n"},
      {"unknown members", R"({"code":"out_of_range","message":"oops"})", "ok\n"},
      {"error", R"({"error":{"code":"aborted","message":"m","details":[{"type":"a.B","value":"CAE"}]}})",
       "aborted \"m\" a.B=\\x08\\x01\n"},
      {"error without code", R"({"error":{"message":"m"}})", "unknown \"m\"\n"},
      {"error with null code", R"({"error":{"code":null,"message":"m"}})", "unknown \"m\"\n"},
      {"error with unknown code", R"({"error":{"code":"foo","message":"m"}})", "unknown \"m\"\n"},
      {"empty error", R"({"error":{}})", "unknown \"\"\n"},
      {"error of another type", R"({"error":"x"})", "unknown \"\"\n"},
      {"metadata", R"({"metadata":{"X":["1","2"],"b-bin":["AAE=","Ag"]}})",
       "ok\nx: 1\nx: 2\nb-bin: \\x00\\x01\nb-bin: \\x02\n"},
      {"error with metadata", R"({"error":{"code":"aborted"},"metadata":{"a":["1"]}})", "aborted \"\"\na: 1\n"},
      {"null metadata", R"({"metadata":null})", "ok\n"},
      {"metadata that is none",
       R"({"metadata":{"a":"1","b":[2,null],"c\n":["3"],"d":["\u00e9"],"e-bin":["*"],"f":["4"]}})", "ok\nf: 4\n"},
      {"reserved metadata", R"({"metadata":{"connect-x":["1"],"content-type":["2"]}})", "ok\n"},
      {"metadata in the order of the text", R"({"metadata":{"b":["1"],"a":["2"],"b":["3"]}})",
       "ok\nb: 1\na: 2\nb: 3\n"},
      {"metadata of another type", R"({"metadata":["a"]})", "ok\n"},
      {"error twice", R"({"error":{"code":"aborted"},"error":{}})", malformed},
      {"malformed behind metadata", R"({"metadata":{"a":["1"]})", malformed},
      {"not UTF-8", "{\"metadata\":{\"a\":[\"\xff\"]}}", malformed},
      {"empty", "", malformed},
      {"null", "null", malformed},
      {"truncated", "{", malformed},
      {"not JSON", "grpc-status: 0", malformed},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Show(ParseEndStream(test.json, wire::WebTrailerLimits())), test.end);
  }
}

TEST(EndStream, BoundsItsText) {
  std::string json = R"({"error":{"code":"aborted"}})";
  json.resize(kMaxConnectJsonBytes, ' ');
  EXPECT_EQ(Show(ParseEndStream(json, wire::WebTrailerLimits()).error), "aborted \"\"");
  json.push_back(' ');
  EXPECT_EQ(Show(ParseEndStream(json, wire::WebTrailerLimits()).error),
            "resource_exhausted \"end of stream is larger than the maximum of 262144 bytes\"");
}

TEST(EndStream, BoundsMetadata) {
  const char* json = R"({"error":{"code":"aborted"},"metadata":{"a":["1","2"],"b":["3"]}})";
  const char* too_much = "resource_exhausted \"too much metadata at the end of the response\"";
  wire::WebTrailerLimits limits;
  limits.max_fields = 3;
  limits.max_bytes = 3 * (32 + 2);
  EXPECT_EQ(Show(ParseEndStream(json, limits).error), "aborted \"\"");
  limits.max_fields = 2;
  EXPECT_EQ(Show(ParseEndStream(json, limits).error), too_much);
  limits.max_fields = 3;
  limits.max_bytes -= 1;
  EXPECT_EQ(Show(ParseEndStream(json, limits).error), too_much);
}

}  // namespace
}  // namespace connectrpc::protocol
