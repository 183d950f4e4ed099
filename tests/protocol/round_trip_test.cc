#include <gtest/gtest.h>

#include <string>

#include "protocol/text_body.h"
#include "protocol/transcript.h"
#include "protocol/utf8.h"
#include "wire/envelope.h"

// What one role writes the other reads back, in every framing.
namespace connectrpc::protocol {
namespace {

// The end as a client sees it that reads the whole response.
struct Received {
  RpcEnd end;
  HeaderList headers;
};

std::optional<RpcEnd> ReadEndFrame(const ClientProtocol& client, std::string_view bytes) {
  wire::EnvelopeReader reader;
  wire::EnvelopeHeader header;
  Payload payload;
  while (reader.ReadHeader(&bytes, &header) == wire::DecodeStatus::kDone) {
    if (reader.ReadPayload(&bytes, &payload) != wire::DecodeStatus::kDone) break;
    if (client.ClassifyResponseFrame(header.flags) == FrameKind::kEnd) {
      return client.ParseEndFrame(payload.view(), EndLimits());
    }
  }
  return std::nullopt;
}

Received Receive(const RequestMeta& request, const wire::ResponseHead& head, const wire::OutgoingBody& body) {
  const ClientProtocol& client = ClientProtocolFor(request.framing);
  std::string bytes = Bytes(body.queue);
  if (wire::IsText(request.framing)) bytes = test::ReadPaddedBase64(bytes).value_or("not base64");
  ResponseMeta meta;
  std::optional<RpcEnd> head_end;
  Error error = client.ParseResponseHead(request, head, &meta, &head_end);
  Received received{RpcEnd(), meta.metadata};
  if (!error.ok()) {
    if (head_end.has_value()) received.end = *head_end;
    received.end.error = client.ParseErrorBody(meta, bytes, error);
    return received;
  }
  const HasBody has_body = bytes.empty() ? HasBody::kNo : HasBody::kYes;
  std::optional<RpcEnd> end = ReadEndFrame(client, bytes);
  received.end = end.has_value() ? *end : client.ParseTrailers(body.trailers, has_body, head_end);
  const bool enveloped = client.ClassifyResponseFrame(0) == FrameKind::kMessage;
  if (enveloped && bytes.empty() && body.trailers.empty()) received.headers.Clear();  // Trailers-Only
  return received;
}

class RoundTrip : public testing::TestWithParam<wire::Framing> {
 protected:
  RequestMeta Request() const {
    RequestMeta meta;
    meta.framing = GetParam();
    meta.path = "/a.B/C";
    meta.codec = "json";
    if (GetParam() == wire::Framing::kConnectGet) meta.get_message = "{\"a\": \"+&=%\"}";
    return meta;
  }

  RequestMeta Transfer(const RequestMeta& meta) const {
    wire::RequestHead head;
    EXPECT_TRUE(ClientProtocolFor(GetParam()).WriteRequestHead(meta, &head).ok());
    std::optional<std::string_view> text = head.headers.Find("content-type");
    std::string codec;
    if (text.has_value()) {
      std::optional<wire::ContentType> type = wire::ParseContentType(*text);
      EXPECT_TRUE(type.has_value());
      EXPECT_EQ(type->framing, GetParam());
      codec = type->codec;
    }
    RequestMeta read;
    EXPECT_EQ(Show(ServerProtocolFor(GetParam()).ParseRequestHead(head, codec, &read)), "ok");
    EXPECT_EQ(read.framing, GetParam());
    return read;
  }

  // Writes the answer as a call machine does, with or without a message before its end.
  Received Answer(const RequestMeta& request, const ResponseMeta& meta, const RpcEnd& end, bool message) const {
    const ServerProtocol& server = ServerProtocolFor(GetParam());
    wire::ResponseHead head;
    wire::OutgoingBody body;
    wire::ResponseHead* open_head = &head;
    const bool bare = server.ClassifyRequestFrame(0) == FrameKind::kInvalid;
    if (bare ? end.error.ok() : message) {
      EXPECT_TRUE(server.WriteResponseHead(meta, &head).ok());
      const std::string_view envelope("\0\0\0\0\x02{}", 7);
      body.queue.Append(bare                       ? "{}"
                        : wire::IsText(GetParam()) ? std::string_view(test::PaddedBase64(envelope))
                                                   : envelope);
      if (!bare) open_head = nullptr;
    }
    server.WriteEnd(meta, end, open_head, &body);
    return Receive(request, head, body);
  }
};

TEST_P(RoundTrip, RequestHeads) {
  RequestMeta full = Request();
  full.content_encoding = "gzip";
  full.accept_encoding = "gzip, br";
  full.timeout = std::chrono::milliseconds(1234);
  full.metadata = Fields("x: 1\nx: a,b\ny-bin: \\x00\\xff,\ncookie: a=1\n");
  RequestMeta binary = Request();
  binary.codec = "proto";
  if (binary.get_message.has_value()) binary.get_message->assign("\0\xff", 2);
  struct {
    const char* name;
    RequestMeta meta;
  } cases[] = {{"bare", Request()}, {"everything", full}, {"binary codec", binary}};
  for (auto& test : cases) {
    SCOPED_TRACE(test.name);
    RequestMeta read = Transfer(test.meta);
    // The marker of the protocol is a header that handlers see.
    HeaderList expected = FamilyOf(GetParam()) == Protocol::kGrpcWeb ? Fields("x-grpc-web: 1\n") : HeaderList();
    for (HeaderField field : test.meta.metadata) expected.Add(field.name, field.value);
    if (GetParam() == wire::Framing::kGrpcWebText) {
      expected.Add("accept", wire::FormatContentType(GetParam(), test.meta.codec));
    }
    test.meta.metadata = expected;
    EXPECT_EQ(Show(read), Show(test.meta));
  }
}

TEST_P(RoundTrip, EveryCode) {
  for (int code = 0; code <= 16; ++code) {
    for (bool message : {false, true}) {
      SCOPED_TRACE(code);
      SCOPED_TRACE(message);
      RpcEnd end = End(Error(static_cast<Code>(code), code == 0 ? "" : "why"));
      EXPECT_EQ(Show(Answer(Request(), Meta(GetParam(), "", "json"), end, message).end), Show(end));
    }
  }
}

TEST_P(RoundTrip, Errors) {
  Error with_details = WithDetails(Error(Code::kFailedPrecondition, "m"));
  with_details.details.push_back(with_details.details.front());
  with_details.details.push_back({"a.D", std::string("\0\xff\r\n", 4)});
  struct {
    const char* name;
    Error error;
  } cases[] = {
      {"no message", Error(Code::kNotFound, "")},
      {"details", with_details},
      {"details without message", WithDetails(Error(Code::kUnknown, ""))},
      {"line breaks", Error(Code::kNotFound, "a\r\ngrpc-status: 0\r\n\r\n")},
      {"spaces around", Error(Code::kNotFound, "  a \t")},
      {"percent and quotes", Error(Code::kNotFound, "100% %41 \"\\ {}")},
      {"Unicode", Error(Code::kNotFound, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")},
      {"NUL", Error(Code::kNotFound, std::string("a\0b", 3))},
      {"not UTF-8", Error(Code::kNotFound, "a\xff\xc3(")},
      {"not UTF-8, with details", WithDetails(Error(Code::kNotFound, "\xff"))},
  };
  for (auto& test : cases) {
    for (bool message : {false, true}) {
      SCOPED_TRACE(test.name);
      SCOPED_TRACE(message);
      RpcEnd end = End(test.error);
      RpcEnd received = Answer(Request(), Meta(GetParam(), "", "json"), end, message).end;
      end.error.message = ToUtf8(end.error.message);
      EXPECT_EQ(Show(received), Show(end));
    }
  }
}

TEST_P(RoundTrip, MetadataStaysWhereItWasPut) {
  const char* headers = "h: 1\nsame: a\nsame: b,c\nsame-bin: \\x00,\\xff\n";
  // In the order of names: Connect's end of stream keeps no other.
  const char* trailers = "same: d\nsame: e\nsame-bin: \\x01\nsame-bin: \nt: 1\n";
  for (const Error& error : {Error(), Error(Code::kAborted, "m")}) {
    for (bool message : {false, true}) {
      SCOPED_TRACE(Show(error));
      SCOPED_TRACE(message);
      RpcEnd end = End(error, trailers);
      Received received = Answer(Request(), Meta(GetParam(), headers, "json"), end, message);
      EXPECT_EQ(Show(received.end), Show(end));
      HeaderList expected;
      if (GetParam() == wire::Framing::kConnectGet) expected.Add("vary", "accept-encoding");
      for (HeaderField field : Fields(headers)) expected.Add(field.name, field.value);
      EXPECT_EQ(Show(received.headers), Show(expected));
    }
  }
}

TEST_P(RoundTrip, TrailersWithoutHeaders) {
  for (const Error& error : {Error(), WithDetails(Error(Code::kAborted, "m"))}) {
    SCOPED_TRACE(Show(error));
    RpcEnd end = End(error, "t: 1\nu-bin: \\xff\n");
    Received received = Answer(Request(), Meta(GetParam(), "", "json"), end, false);
    EXPECT_EQ(Show(received.end), Show(end));
  }
}

TEST_P(RoundTrip, ResponseHeads) {
  protocol::ResponseMeta meta = Meta(GetParam(), "x: 1\n", "json");
  meta.content_encoding = "gzip";
  meta.accept_encoding = "gzip, br";
  wire::ResponseHead head;
  ASSERT_TRUE(ServerProtocolFor(GetParam()).WriteResponseHead(meta, &head).ok());
  protocol::ResponseMeta read;
  std::optional<RpcEnd> head_end;
  ASSERT_TRUE(ClientProtocolFor(GetParam()).ParseResponseHead(Request(), head, &read, &head_end).ok());
  if (GetParam() == wire::Framing::kConnectGet) meta.metadata = Fields("vary: accept-encoding\nx: 1\n");
  EXPECT_EQ(Show(read), Show(meta));
  EXPECT_EQ(read.framing, meta.framing);
}

INSTANTIATE_TEST_SUITE_P(All, RoundTrip,
                         testing::Values(wire::Framing::kConnectUnary, wire::Framing::kConnectGet,
                                         wire::Framing::kConnectStream, wire::Framing::kGrpc, wire::Framing::kGrpcWeb,
                                         wire::Framing::kGrpcWebText),
                         [](const testing::TestParamInfo<wire::Framing>& info) {
                           switch (info.param) {
                             case wire::Framing::kConnectUnary:
                               return "ConnectUnary";
                             case wire::Framing::kConnectGet:
                               return "ConnectGet";
                             case wire::Framing::kConnectStream:
                               return "ConnectStream";
                             case wire::Framing::kGrpc:
                               return "Grpc";
                             case wire::Framing::kGrpcWebText:
                               return "GrpcWebText";
                             case wire::Framing::kGrpcWeb:
                               break;
                           }
                           return "GrpcWeb";
                         });

}  // namespace
}  // namespace connectrpc::protocol
