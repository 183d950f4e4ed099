#include "protocol/transcript.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "protocol/text_body.h"
#include "wire/envelope.h"

namespace connectrpc::protocol {
namespace {

std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

std::string Unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.substr(0, 2) == "\\x" && text.size() >= 4) {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(2, 2)), nullptr, 16)));
      text.remove_prefix(4);
    } else {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string ShowMeta(std::string codec, const std::string& encoding, const std::string& accept) {
  std::string out = "codec=" + codec;
  if (!encoding.empty()) out += " encoding=" + encoding;
  if (!accept.empty()) out += " accept=" + accept;
  return out;
}

std::string ShowEnvelopes(std::string_view bytes) {
  std::string out;
  wire::EnvelopeReader reader;
  wire::EnvelopeHeader header;
  while (reader.ReadHeader(&bytes, &header) == wire::DecodeStatus::kDone) {
    Payload payload;
    EXPECT_EQ(reader.ReadPayload(&bytes, &payload), wire::DecodeStatus::kDone);
    char prefix[32];
    std::snprintf(prefix, sizeof(prefix), "[%02x %u] ", header.flags, header.size);
    out += prefix + Show(payload.view()) + "\n";
  }
  EXPECT_FALSE(reader.InsideEnvelope());
  return out;
}

bool HasEnvelopes(const wire::ResponseHead* head, wire::Framing framing) {
  if (framing == wire::Framing::kConnectUnary || framing == wire::Framing::kConnectGet) return false;
  return head == nullptr || head->headers.Find("content-type") != "application/json";
}

}  // namespace

HeaderList Fields(std::string_view text) {
  HeaderList fields;
  while (!text.empty()) {
    std::string_view line = TakeLine(&text);
    const size_t colon = line.find(": ");
    const std::string name = Unescape(line.substr(0, colon));
    fields.Add(name, colon == std::string_view::npos ? "" : Unescape(line.substr(colon + 2)));
  }
  return fields;
}

wire::RequestHead Request(std::string_view text) {
  wire::RequestHead head;
  std::string_view line = TakeLine(&text);
  const size_t space = line.find(' ');
  head.method = line.substr(0, space);
  head.target = line.substr(space + 1);
  head.headers = Fields(text);
  return head;
}

wire::ResponseHead Response(std::string_view text) {
  wire::ResponseHead head;
  head.status = std::stoi(std::string(TakeLine(&text)));
  head.headers = Fields(text);
  return head;
}

std::string Show(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    if (c >= 0x20 && c <= 0x7e) {
      out.push_back(c);
    } else {
      char escaped[5];
      std::snprintf(escaped, sizeof(escaped), "\\x%02x", static_cast<unsigned char>(c));
      out += escaped;
    }
  }
  return out;
}

std::string Show(const HeaderList& fields) {
  std::string out;
  for (HeaderField field : fields) out += Show(field.name) + ": " + Show(field.value) + "\n";
  return out;
}

std::string Show(const wire::RequestHead& head) {
  return head.method + " " + head.target + "\n" + Show(head.headers);
}

std::string Show(const Error& error) {
  std::string out(CodeName(error.code));
  if (!error.ok() || !error.message.empty()) out += " \"" + Show(error.message) + "\"";
  for (const ErrorDetail& detail : error.details) out += " " + Show(detail.type) + "=" + Show(detail.value);
  return out;
}

std::string Show(const RequestMeta& meta) {
  std::string out = ShowMeta(meta.codec, meta.content_encoding, meta.accept_encoding);
  if (meta.timeout.has_value()) out += " timeout=" + std::to_string(meta.timeout->count() / 1'000'000) + "ms";
  if (meta.get_message.has_value()) out += " message=" + Show(*meta.get_message);
  return meta.path + " " + out + "\n" + Show(meta.metadata);
}

std::string Show(const ResponseMeta& meta) {
  return ShowMeta(meta.codec, meta.content_encoding, meta.accept_encoding) + "\n" + Show(meta.metadata);
}

std::string Show(const RpcEnd& end) {
  return Show(end.error) + "\n" + Show(end.trailers);
}

std::string Bytes(const wire::OutputQueue& queue) {
  std::string out;
  std::string_view pieces[16];
  const size_t count = queue.Peek(pieces, 16);
  for (size_t i = 0; i < count; ++i) out += pieces[i];
  EXPECT_EQ(out.size(), queue.size());
  return out;
}

std::string Ending(const ResponseMeta& meta, const RpcEnd& end, Head head_state) {
  wire::ResponseHead head;
  wire::OutgoingBody body;
  wire::ResponseHead* open_head = head_state == Head::kOpen ? &head : nullptr;
  ServerProtocolFor(meta.framing).WriteEnd(meta, end, open_head, &body);
  EXPECT_FALSE(body.ended);
  std::string out;
  if (open_head != nullptr) out = std::to_string(head.status) + "\n" + Show(head.headers);
  std::string bytes = Bytes(body.queue);
  if (!bytes.empty()) {
    if (!out.empty()) out += "\n";
    if (wire::IsText(meta.framing)) {
      out += "base64\n";
      bytes = test::ReadPaddedBase64(bytes).value_or("not base64");
    }
    out += HasEnvelopes(open_head, meta.framing) ? ShowEnvelopes(bytes) : Show(bytes) + "\n";
  }
  if (!body.trailers.empty()) {
    if (!out.empty()) out += "\n";
    out += Show(body.trailers);
  }
  return out;
}

ResponseMeta Meta(wire::Framing framing, std::string_view metadata, std::string_view codec) {
  ResponseMeta meta;
  meta.framing = framing;
  meta.codec = codec;
  meta.metadata = Fields(metadata);
  return meta;
}

RpcEnd End(Error error, std::string_view trailers) {
  RpcEnd end;
  end.error = std::move(error);
  end.trailers = Fields(trailers);
  return end;
}

Error WithDetails(Error error) {
  error.details.push_back({"a.B", "\x08\x01"});
  error.details.push_back({"a.C", ""});
  return error;
}

}  // namespace connectrpc::protocol
