#ifndef CONNECTRPC_TESTS_PROTOCOL_TRANSCRIPT_H_
#define CONNECTRPC_TESTS_PROTOCOL_TRANSCRIPT_H_

#include <string>
#include <string_view>

#include "protocol/client_protocol.h"
#include "protocol/model.h"
#include "protocol/server_protocol.h"
#include "wire/http_head.h"

// Heads, bodies and the neutral model as text, so that tests read like the wire. Bytes outside 0x20-0x7e are shown as
// \xNN, and may be written so in the fields that are read.
namespace connectrpc::protocol {

// "x: 1\ny: 2\n". A line without ": " is a name with an empty value.
HeaderList Fields(std::string_view text);

// "POST /a.B/C\nx: 1\n" and "200\nx: 1\n": a first line, then fields.
wire::RequestHead Request(std::string_view text);
wire::ResponseHead Response(std::string_view text);

std::string Show(std::string_view bytes);
std::string Show(const HeaderList& fields);
std::string Show(const wire::RequestHead& head);
// "ok", or `not_found "message" google.rpc.RetryInfo=\x0a\x00`.
std::string Show(const Error& error);
// "codec=proto encoding=gzip accept=gzip,br timeout=5ms message=..." in one line, without what is not set, then the
// metadata.
std::string Show(const RequestMeta& meta);
std::string Show(const ResponseMeta& meta);
// The error in one line, then the trailers.
std::string Show(const RpcEnd& end);

// All bytes of a queue.
std::string Bytes(const wire::OutputQueue& queue);

// What WriteEnd wrote: the head unless it had been sent, the body, each envelope as "[flags length] payload", after a
// line "base64" where they are that, and HTTP trailers.
enum class Head : bool { kOpen, kSent };
std::string Ending(const ResponseMeta& meta, const RpcEnd& end, Head head = Head::kOpen);

ResponseMeta Meta(wire::Framing framing, std::string_view metadata = "", std::string_view codec = "proto");
RpcEnd End(Error error, std::string_view trailers = "");
Error WithDetails(Error error);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_TESTS_PROTOCOL_TRANSCRIPT_H_
