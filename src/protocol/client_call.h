#ifndef CONNECTRPC_SRC_PROTOCOL_CLIENT_CALL_H_
#define CONNECTRPC_SRC_PROTOCOL_CLIENT_CALL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "codec/compression.h"
#include "connectrpc/error.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/payload.h"
#include "connectrpc/protocol.h"
#include "protocol/client_protocol.h"
#include "protocol/model.h"
#include "wire/envelope.h"
#include "wire/http_head.h"
#include "wire/timeout.h"

namespace connectrpc::protocol {

// What all calls of a client share. Outlives them.
struct ClientCallConfig {
  const codec::CompressionRegistry* compressions = nullptr;
  bool accept_compression = true;            // tell servers what we decompress; otherwise "identity" only
  size_t compress_min_bytes = 1024;          // of a request message
  size_t max_end_bytes = 1024 * 1024;        // an end frame, or the body of an error, decompressed
  size_t max_header_list_bytes = 16 * 1024;  // of the metadata in an end frame
  size_t max_header_fields = 100;            // the same
  size_t max_get_url_bytes = 8 * 1024;       // path and query
  std::string path_prefix;                   // "/api", or empty
  std::string user_agent;
};

// What one call asks for. What it points to outlives the call.
struct ClientCallStart {
  const MethodSpec* method = nullptr;
  Protocol protocol = Protocol::kConnect;
  std::string_view codec = "proto";
  const Compressor* compressor = nullptr;  // of request messages; null for identity
  bool use_get = false;                    // where method and protocol permit
  size_t max_message_bytes = 4 * 1024 * 1024;
  // What is left until the deadline when the head is written; a negative one is sent as zero. No value: no deadline.
  std::optional<wire::Duration> timeout;
  const HeaderList* metadata = nullptr;  // copied
};

// The client's end of one call: writes the request, and reads messages, headers and end of the answer, in whatever
// protocol; enforces cardinality, limits and compression rules. The mirror of ServerCall: no I/O and no clock, reusable
// (Start begins a new call), each attempt at a call is one.
//
// Flow: Start; SendMessage and CloseSend as the application has them; when request_ready() turns true, `request` is
// complete and the HTTP stream may start. Then what comes back: OnHead once, Feed for each piece of the body, OnEnd or
// OnReset; after each of them Next until it returns kNone. Whatever goes wrong ends the call here, at once: an answer
// that must not be believed is not read any further. Once ended() whatever else is called does nothing.
//
// The call may end before its HTTP stream does, and with success: an end frame is enough. Bytes after that frame in the
// same piece make the success `internal`; later ones are not looked at.
class ClientCall final {
 public:
  enum class Event {
    kNone,     // everything fed was taken in
    kHeaders,  // headers() are there; before the first message, and not for an answer that is only an end:
               // Trailers-Only, a Connect error, a head that is refused
    kMessage,  // `*message`: decompressed, in the call's codec; borrowed from the bytes fed where it lies there whole.
               // Methods with one response message: once, right before an end of success, and only then
    kEnd,      // end() is there; once, and last
  };

  // Not ok: what is wrong with the metadata; the call must not be used then. `request` and `body`, empty now, outlive
  // the call.
  Error Start(const ClientCallConfig& config, const ClientCallStart& start, wire::RequestHead* request,
              wire::OutgoingBody* body);

  // Methods with one request message get exactly one, which ends `body`. Messages after the end are dropped. An error,
  // such as a message that the format has no room for (4 GiB), ends the call: it comes by Next.
  void SendMessage(Payload message);
  void CloseSend();
  // The head may be sent: at once, or, where it depends on the message (Connect unary and GET), with that.
  bool request_ready() const { return request_ready_; }

  void OnHead(const wire::ResponseHead& head, wire::EndStream end);
  // `bytes` must stay valid while Next is called for them; at kNone they have been used up.
  void Feed(std::string_view bytes);
  // What Next has not used up yet, given back to be fed again: for whoever wants no more messages for now.
  std::string_view TakeUnread() { return std::exchange(input_, {}); }
  // The HTTP response is complete.
  void OnEnd(const HeaderList& trailers);
  // HTTP broke the response off: an HTTP/2 error code (RFC 9113 section 7), and what is wrong, if more is known than
  // that.
  void OnReset(uint32_t error_code, std::string_view fault);

  // Ends the call from outside: deadline, cancellation, lost connection. Next returns kEnd unless it has before.
  void Fail(Error error);

  Event Next(Payload* message);

  // The answer's metadata. Valid from kHeaders, or kEnd, until the next Start. From kEnd on also those of an answer
  // that was only an end, unless its fields count as trailers (Trailers-Only).
  const HeaderList& headers() const { return response_.metadata; }
  // From kEnd on. error.metadata holds headers and trailers.
  const RpcEnd& end() const { return end_; }
  // Nothing that comes from the server matters any more: Next has returned kEnd, or is about to.
  bool ended() const { return state_ >= State::kMessageDue; }

  // Bytes of messages that have begun to arrive and are not complete.
  size_t gathered_bytes() const { return gathered_.size() + envelopes_.gathered_bytes(); }

 private:
  // What is expected of the answer.
  enum class State {
    kHead,        // its head
    kEnvelopes,   // messages in envelopes
    kBody,        // Connect unary: the message
    kErrorBody,   // Connect unary: an error
    kMessageDue,  // nothing more: `held_` is the one message of a success
    kEndDue,      // nothing more: end_ is there
    kIdle,        // there is no call, or kEnd was returned
  };

  void Reset();
  void DescribeRequest(const ClientCallStart& start);
  Error WriteHead();
  bool bare() const;  // Connect unary and GET: the body is the message
  void SendBare(Payload message);
  // False, and nothing was done, where the URL would be too long.
  bool SendByGet(std::string_view message);
  // Compresses `*message` where that was asked for; whether it did.
  bool Compress(Payload* message) const;

  void RefuseHead(const wire::ResponseHead& head, Error error);
  void AcceptHead(const wire::ResponseHead& head, wire::EndStream end);
  // Finds the decompressor; false if there is none, which ended the call.
  bool CheckEncodings(const wire::ResponseHead& head);
  void GatherBody();
  Event NextEnvelope(Payload* message);
  // Judges an envelope by its header alone; false if that ended the call.
  bool AdmitEnvelope();
  // Replaces `*payload`, which `what` calls; false if that ended the call.
  bool Decompress(std::string_view what, size_t limit, Payload* payload);

  // The answer is complete: the ways in which that shows.
  void EndByFrame(Payload payload);
  void EndBody();
  void EndErrorBody();
  void EndEnvelopes(const HeaderList& trailers);
  // Whether the head is all of the answer: then it holds trailers.
  bool TrailersOnly(const HeaderList& trailers) const;

  // Every end comes here: checks that a success has its message, and lets go of what was read.
  void EndAs(RpcEnd end);
  void EndWith(Error error);

  const ClientCallConfig* config_ = nullptr;
  const ClientProtocol* protocol_ = nullptr;
  const Compressor* request_compressor_ = nullptr;
  const Compressor* response_compressor_ = nullptr;
  wire::RequestHead* head_ = nullptr;
  wire::OutgoingBody* body_ = nullptr;
  StreamType stream_type_ = StreamType::kUnary;
  size_t max_message_bytes_ = 0;
  RequestMeta request_;
  bool request_ready_ = false;

  State state_ = State::kIdle;
  bool headers_due_ = false;
  ResponseMeta response_;
  std::optional<RpcEnd> head_end_;  // what the head says of the end
  Error body_fallback_;             // kErrorBody: the error if the body is none
  RpcEnd end_;

  std::string_view input_;
  HasBody has_body_ = HasBody::kNo;
  wire::EnvelopeReader envelopes_;
  wire::EnvelopeHeader envelope_;
  FrameKind frame_ = FrameKind::kInvalid;  // what envelope_ is
  bool in_payload_ = false;                // envelope_ was admitted, its payload is being read
  bool has_message_ = false;
  Payload held_;
  std::string gathered_;  // bare: the body so far
};

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CLIENT_CALL_H_
