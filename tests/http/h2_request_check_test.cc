#include "http/h2_request_check.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "http/h2_peer.h"

namespace connectrpc::test {
namespace {

using http::H2RequestCheck;
using http::RequestField;
using http::RequestFieldOf;

bool Takes(std::string_view name, std::string_view value) {
  return H2RequestCheck().TakeField(RequestFieldOf(name), name, value);
}

TEST(H2RequestCheckTest, FieldsByName) {
  const struct {
    const char* name;
    RequestField field;
  } cases[] = {
      {":method", RequestField::kMethod},
      {":scheme", RequestField::kScheme},
      {":authority", RequestField::kAuthority},
      {":path", RequestField::kPath},
      {":protocol", RequestField::kUnknownPseudo},
      {":status", RequestField::kUnknownPseudo},
      {":", RequestField::kUnknownPseudo},
      {"host", RequestField::kHost},
      {"te", RequestField::kTe},
      {"priority", RequestField::kPriority},
      {"content-length", RequestField::kContentLength},
      {"connection", RequestField::kConnection},
      {"keep-alive", RequestField::kConnection},
      {"proxy-connection", RequestField::kConnection},
      {"transfer-encoding", RequestField::kConnection},
      {"upgrade", RequestField::kConnection},
      {"", RequestField::kOther},
      {"path", RequestField::kOther},
      {"Te", RequestField::kOther},
      {"hosts", RequestField::kOther},
      {"user-agent", RequestField::kOther},
      {"content-type", RequestField::kOther},
  };
  for (const auto& c : cases) EXPECT_EQ(RequestFieldOf(c.name), c.field) << c.name;
}

// --- The same answers as nghttp2's own check ---

const uint8_t* Bytes(const std::string& text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// Long values, since bytes are looked at eight at a time.
TEST(H2RequestCheckTest, EveryByteAsNghttp2) {
  const std::string around = "abcdefgh1";
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t at = 0; at <= around.size(); ++at) {
      std::string text = around;
      text.insert(at, 1, static_cast<char>(byte));
      SCOPED_TRACE(testing::PrintToString(text));
      const size_t size = text.size();
      if (byte != ':' || at > 0) {
        EXPECT_EQ(Takes(text, "v"), nghttp2_check_header_name(Bytes(text), size) != 0);
      }
      EXPECT_EQ(Takes("x", text), nghttp2_check_header_value_rfc9113(Bytes(text), size) != 0);
      EXPECT_EQ(Takes("priority", text), nghttp2_check_header_value_rfc9113(Bytes(text), size) != 0);
      EXPECT_EQ(Takes(":path", text), nghttp2_check_path(Bytes(text), size) != 0);
      EXPECT_EQ(Takes(":method", text), nghttp2_check_method(Bytes(text), size) != 0);
      EXPECT_EQ(Takes(":authority", text), nghttp2_check_authority(Bytes(text), size) != 0);
      EXPECT_EQ(Takes("host", text), nghttp2_check_authority(Bytes(text), size) != 0);
    }
  }
}

// What became of stream 1.
struct Verdict {
  bool head = false;
  bool ended = false;
  uint32_t reset = 0;  // the code of its RST_STREAM

  void Read(std::string_view output) {
    for (const RawFrame& frame : ParseFrames(output)) {
      EXPECT_NE(frame.type, NGHTTP2_GOAWAY);
      if (frame.type == NGHTTP2_RST_STREAM) reset = ReadUint32(frame.payload);
    }
  }
};

Verdict Ours(std::string_view input) {
  TestServer server;
  Verdict verdict;
  server.Feed(input);
  verdict.Read(server.Output());
  for (const std::string& line : server.log(1)) {
    if (line.compare(0, 4, "head") == 0) verdict.head = true;
    if (line.size() > 4 && line.compare(line.size() - 4, 4, " end") == 0) verdict.ended = true;
  }
  return verdict;
}

// A server that is nghttp2 alone, with its defaults.
Verdict Nghttp2s(std::string_view input) {
  Verdict verdict;
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  const http::Nghttp2Callbacks owner(callbacks);
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
        auto* verdict = static_cast<Verdict*>(user_data);
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        verdict->head = true;
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) verdict->ended = true;
        return 0;
      });
  nghttp2_session* raw = nullptr;
  nghttp2_session_server_new(&raw, callbacks, &verdict);
  const http::Nghttp2Session session(raw);
  nghttp2_session_mem_recv(raw, reinterpret_cast<const uint8_t*>(input.data()), input.size());
  std::string output;
  const uint8_t* bytes = nullptr;
  for (ssize_t size; (size = nghttp2_session_mem_send(raw, &bytes)) > 0;) {
    output.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
  verdict.Read(output);
  return verdict;
}

// Whether a request is well-formed, by both; `frames` are those of stream 1.
bool Accepted(const std::string& frames) {
  const Verdict ours = Ours(Preface() + frames);
  const Verdict theirs = Nghttp2s(Preface() + frames);
  EXPECT_EQ(ours.reset, theirs.reset);
  EXPECT_EQ(ours.head, theirs.head);
  EXPECT_EQ(ours.ended, theirs.ended);
  return ours.reset == 0;
}

std::string Head(const Fields& more, uint8_t flags = NGHTTP2_FLAG_NONE) {
  Fields fields = RequestFields();
  fields.insert(fields.end(), more.begin(), more.end());
  return HeadersFrames(1, flags, Block(fields));
}

std::string Data(std::string_view bytes, uint8_t flags = NGHTTP2_FLAG_NONE) {
  return Frame(NGHTTP2_DATA, flags, 1, bytes);
}

std::string Trailers(const Fields& fields, uint8_t flags = NGHTTP2_FLAG_END_STREAM) {
  return HeadersFrames(1, flags, Block(fields));
}

TEST(H2RequestCheckTest, BodiesAndTrailersAsNghttp2) {
  constexpr uint8_t kEnd = NGHTTP2_FLAG_END_STREAM;
  const struct {
    const char* name;
    std::string frames;
    bool accepted;
  } cases[] = {
      {"no length", Head({}) + Data("abc", kEnd), true},
      {"length 0 and no body", Head({{"content-length", "0"}}, kEnd), true},
      {"length 1 and no body", Head({{"content-length", "1"}}, kEnd), false},
      {"as long as said", Head({{"content-length", "3"}}) + Data("ab") + Data("c", kEnd), true},
      {"as long as said, ended by trailers", Head({{"content-length", "3"}}) + Data("abc") + Trailers({}), true},
      {"shorter", Head({{"content-length", "4"}}) + Data("abc", kEnd), false},
      {"shorter, ended by trailers", Head({{"content-length", "4"}}) + Data("abc") + Trailers({}), false},
      {"longer", Head({{"content-length", "2"}}) + Data("abc", kEnd), false},
      {"longer before the end", Head({{"content-length", "2"}}) + Data("ab") + Data("c"), false},
      {"longer, and on", Head({{"content-length", "2"}}) + Data("abc") + Data("d") + Data("e", kEnd), false},
      {"not yet as long", Head({{"content-length", "4"}}) + Data("abc"), true},
      {"the longest", Head({{"content-length", "9223372036854775807"}}), true},
      {"longer than the longest", Head({{"content-length", "9223372036854775808"}}), false},
      {"much longer than the longest", Head({{"content-length", "99999999999999999999"}}), false},
      {"leading zeros", Head({{"content-length", "0003"}}) + Data("abc", kEnd), true},
      {"a sign", Head({{"content-length", "+3"}}), false},
      {"no digits", Head({{"content-length", ""}}), false},
      {"a list", Head({{"content-length", "3, 3"}}), false},
      {"twice", Head({{"content-length", "3"}, {"content-length", "3"}}), false},
      {"twice, the second in the trailers", Head({{"content-length", "0"}}) + Trailers({{"content-length", "0"}}),
       false},

      {"trailers", Head({}) + Data("abc") + Trailers({{"x", "y"}}), true},
      {"trailers do not end the stream", Head({}) + Trailers({{"x", "y"}}, NGHTTP2_FLAG_NONE), false},
      {"pseudo field in trailers", Head({}) + Trailers({{":path", "/"}}), false},
      {"field of a connection in trailers", Head({}) + Trailers({{"connection", "close"}}), false},
      {"upper case in trailers", Head({}) + Trailers({{"X", "y"}}), false},
      {"control byte in trailers", Head({}) + Trailers({{"x", "a\nb"}}), false},
      {"host in trailers", Head({}) + Trailers({{"host", "other"}}), true},
      {"a second host in trailers", Head({{"host", "host"}}) + Trailers({{"host", "host"}}), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Accepted(c.frames), c.accepted);
  }
}

// CONNECT and a host that is not the authority are left out: there we are stricter.
TEST(H2RequestCheckTest, AnyRequestAsNghttp2) {
  const Fields pool = {
      {":method", "GET"},
      {":method", "OPTIONS"},
      {":method", "ge t"},
      {":method", ""},
      {":scheme", "http"},
      {":scheme", "HTTPS"},
      {":scheme", "ftp"},
      {":scheme", "f+1.-"},
      {":scheme", "1x"},
      {":scheme", "h_p"},
      {":scheme", ""},
      {":path", "/p"},
      {":path", "*"},
      {":path", "**"},
      {":path", "p"},
      {":path", ""},
      {":path", "/\x80"},
      {":path", "/a b"},
      {":authority", "host"},
      {":authority", ""},
      {":authority", "ho/st"},
      {":unknown", "x"},
      {":protocol", "websocket"},
      {":status", "200"},
      {":", "x"},
      {"host", "host"},
      {"host", ""},
      {"host", "ho st"},
      {"content-length", "3"},
      {"content-length", "0"},
      {"content-length", "x"},
      {"te", "trailers"},
      {"te", "TRAILERS"},
      {"te", "trailers, gzip"},
      {"te", ""},
      {"connection", ""},
      {"keep-alive", "1"},
      {"proxy-connection", "x"},
      {"transfer-encoding", "chunked"},
      {"upgrade", "h2c"},
      {"priority", "u=1, i"},
      {"priority", "?"},
      {"priority", " u"},
      {"x", "v"},
      {"x", ""},
      {"x", " v"},
      {"x", "v\t"},
      {"x", "a\tb"},
      {"x", "\x80"},
      {"x", "\x7f"},
      {"X", "v"},
      {"", "v"},
      {"x y", "v"},
  };
  std::mt19937 random(1);
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  size_t accepted = 0;
  constexpr size_t kRequests = 5000;
  for (size_t i = 0; i < kRequests; ++i) {
    Fields fields = RequestFields();
    for (size_t changes = below(4); changes > 0; --changes) {
      const auto& field = pool[below(pool.size())];
      const size_t at = below(fields.size() + 1);
      const auto place = fields.begin() + static_cast<ptrdiff_t>(at);
      if (at < fields.size() && (below(2) == 0 || place->first == field.first)) {
        *place = field;
      } else if (at < fields.size() && below(3) == 0) {
        fields.erase(place);
      } else {
        fields.insert(place, field);
      }
    }
    const bool body = below(2) == 0;
    std::string frames = HeadersFrames(1, body ? NGHTTP2_FLAG_NONE : NGHTTP2_FLAG_END_STREAM, Block(fields));
    if (body) {
      const bool trailers = below(2) == 0;
      frames += Data(std::string(below(5), 'b'), trailers ? NGHTTP2_FLAG_NONE : NGHTTP2_FLAG_END_STREAM);
      if (trailers) frames += Trailers({pool[below(pool.size())]});
    }
    SCOPED_TRACE(testing::PrintToString(fields) + testing::PrintToString(frames));
    if (Accepted(frames)) ++accepted;
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  EXPECT_GT(accepted, kRequests / 10);
  EXPECT_LT(accepted, kRequests / 10 * 9);
}

}  // namespace
}  // namespace connectrpc::test
