#ifndef CONNECTRPC_SRC_PROTOCOL_SERVER_CALL_H_
#define CONNECTRPC_SRC_PROTOCOL_SERVER_CALL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/codec.h"
#include "codec/compression.h"
#include "connectrpc/error.h"
#include "connectrpc/limits.h"
#include "connectrpc/payload.h"
#include "connectrpc/protocol.h"
#include "protocol/model.h"
#include "protocol/server_protocol.h"
#include "wire/base64_stream.h"
#include "wire/content_type.h"
#include "wire/envelope.h"
#include "wire/http_head.h"
#include "wire/timeout.h"

namespace connectrpc::protocol {

// What all calls of a server share. Outlives them.
struct CallConfig {
  const codec::CodecRegistry* codecs = nullptr;
  const codec::CompressionRegistry* compressions = nullptr;
  size_t max_message_bytes = 4 * 1024 * 1024;  // a request message: decompressed, and in its envelope
  // The body of a unary request as it travels; of gRPC-Web text, what its base64 stands for.
  size_t max_unary_body_bytes = 4 * 1024 * 1024 + 5;
  bool compress_responses = true;
  size_t compress_min_bytes = 1024;
  DeadlinePolicy deadlines;  // per_message is for who has the timers: see awaiting_message
  bool require_connect_protocol_version = false;
};

// The messages of a call so far. Bytes are those of messages as they travelled: compressed, without their envelopes and
// without the base64 of text forms and queries.
struct CallCounts {
  size_t request_messages = 0;  // that came in whole
  size_t response_messages = 0;
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
};

// Stands between a handler and what leaves as its answer.
class AnswerFilter {
 public:
  // Before the head of the answer is written; once, in an answer without messages as well.
  virtual void OnResponseHeaders(HeaderList* metadata) = 0;
  // Before the end of the answer is written, whoever ended the call.
  virtual void OnEnd(RpcEnd* end) = 0;

 protected:
  ~AnswerFilter() = default;
};

// The server's end of one call: reads the messages of a request, enforces cardinality, limits and compression rules,
// and writes the answer, in whatever protocol the caller speaks. No I/O and no clock. Reusable: Start begins a new
// call.
//
// Flow: Start; for each piece of the body Feed, then Next until it returns kNone. The answer goes into the `response`
// and `body` given to Start: SendHeaders at most once, SendMessage, Finish. When response_ready() turns true, the head
// may be sent. Whatever goes wrong on the request's side ends the call here, with the answer written: Next then returns
// kFailed once, and later SendMessage and Finish are ignored. Once the answer has ended, what is fed is dropped and
// nothing of the request is kept.
class ServerCall final {
 public:
  enum class StartResult {
    kStarted,
    kAnswered,              // the head was refused: the answer is written
    kUnsupportedMediaType,  // the content type does not fit the method, or names an unknown codec: answer 415
  };

  enum class Event {
    kNone,        // everything fed was taken in
    kMessage,     // `*message`: decompressed, in the caller's codec
    kHalfClosed,  // no more messages will come; methods with one request message get it right after that message
    kFailed,      // the call ended with error()
  };

  // `head` is read only during the call. `response` and `body`, empty now, outlive the call.
  StartResult Start(const CallConfig& config, const wire::RequestHead& head, const wire::ContentType& content_type,
                    StreamType stream_type, wire::TimePoint now, wire::ResponseHead* response,
                    wire::OutgoingBody* body);

  // What the handler will see of the request may be changed before it starts, and its answer be filtered from then on:
  // after Start returned kStarted, until the next Start. Null: not filtered.
  HeaderList* request_metadata() { return &request_.metadata; }
  void SetFilter(AnswerFilter* filter) { filter_ = filter; }

  // Valid after Start until the next one, whatever it returned. The codec is null if the head names none that we have.
  const RequestMeta& request() const { return request_; }
  const codec::Codec* codec() const { return codec_; }
  wire::TimePoint deadline() const { return deadline_; }

  // How many bytes the body has in all, by its head: for Connect's unary calls, where no envelope tells. Only a hint.
  void ExpectBody(size_t bytes) { expected_body_ = bytes; }
  // Hands over a piece of the body. `bytes` must stay valid while Next is called for them; at kNone they have been used
  // up.
  void Feed(std::string_view bytes, wire::EndStream end);
  // A kMessage payload is borrowed from the bytes fed, or what was decoded of them, where it lies there whole. Who
  // finds fault with it calls Fail: Next then returns kFailed.
  Event Next(Payload* message);

  // Whether a streaming method still waits for the caller: for a message, or for the end of the request. Asked when
  // Next has returned kNone.
  bool awaiting_message() const {
    return request_state_ == RequestState::kReading && stream_type_ != StreamType::kUnary;
  }

  // Sends no message compressed. Until the head is ready, and before the first message; later it does nothing.
  void DisableCompression();
  // The same for messages from now on, and until it is called again; at any time.
  void SetCompressing(bool compressing) { compressing_ = compressing; }

  // Sends the head with the handler's metadata as soon as the protocol can: Connect unary waits for the end. Metadata
  // "connectrpc-compression: identity" does what DisableCompression does, and stays here.
  void SendHeaders(const HeaderList& metadata);
  void SendMessage(Payload message);
  // Does what SendMessage does for a message of `size` bytes that the caller then writes where the result points,
  // before anything else happens to the call. Null where SendMessage has to do it: because the bytes are needed first,
  // to be compressed or as base64, or because it ends the call.
  char* SendMessageInPlace(size_t size);
  // Ends the answer; the first one counts.
  void Finish(const RpcEnd& end);

  // Ends the call from outside (deadline, broken body). Next returns kFailed unless the answer was finished before.
  void Fail(Error error);
  // Gives up a call that nobody will answer or read, and the memory that holds its request: Next returns kNone.
  void StopReading();

  // Bytes of messages that have begun to arrive and are not complete.
  size_t gathered_bytes() const { return gathered_.size() + envelopes_.gathered_bytes(); }

  bool response_ready() const { return response_state_ != ResponseState::kNone; }
  bool finished() const { return response_state_ == ResponseState::kEnded; }
  // How the call ended; meaningful once finished().
  const Error& error() const { return error_; }
  const CallCounts& counts() const { return counts_; }

 private:
  enum class RequestState {
    kReading,
    kMessageReady,  // `held_` is the one message of a method that takes one, and the request has ended
    kHalfClosing,   // kHalfClosed is due
    kDone,          // everything was delivered, or nothing is wanted any more
    kFailing,       // kFailed is due
  };
  enum class ResponseState {
    kNone,      // nothing can be sent yet
    kHeadSent,  // `response_` is final
    kEnded,
  };

  void Reset();
  bool FramingFitsMethod() const;
  // False if that ended the call.
  bool ChooseCompression();
  bool CheckVersion();
  bool SetDeadline(wire::TimePoint now);

  bool bare() const;  // Connect unary and GET: the body is the message
  size_t EnvelopeLimit() const;
  Event NextBare(Payload* message);
  void Gather(std::string_view piece, size_t limit);
  Event NextEnvelope(Payload* message);
  // Judges an envelope by its header alone; false if that ended the call.
  bool AdmitEnvelope();
  // At the end of the request: cardinality and truncation.
  Event EndRequest(Payload* message);
  // What was fed has been used up.
  void DropInput();
  // At the end of what was fed: whether the body can still become, or has been, base64; false if that ended the call.
  bool CheckText();
  // Counts a message that came in whole, and decompresses it where `compressed`.
  bool TakeIn(bool compressed, Payload* payload);
  bool Decompress(Payload* payload);
  Event Failed();
  bool WriteHead();
  void FilterHeaders();
  // Compresses into `*compressed` where that was negotiated and pays.
  bool Compress(std::string_view message, std::string* compressed) const;
  void FilterEnd(const RpcEnd& end);
  // Turns a success that lacks its message into an error.
  void CheckEnd(const RpcEnd& end);
  bool CompressesMessageOf(size_t size) const;
  void CountResponse(size_t bytes);
  void AppendEnvelope(uint8_t flags, Payload message);
  void WriteEnd(const RpcEnd& end);

  const CallConfig* config_ = nullptr;
  const ServerProtocol* protocol_ = nullptr;
  const codec::Codec* codec_ = nullptr;
  const Compressor* request_compressor_ = nullptr;
  const Compressor* response_compressor_ = nullptr;
  wire::ResponseHead* response_ = nullptr;
  wire::OutgoingBody* body_ = nullptr;
  AnswerFilter* filter_ = nullptr;
  bool headers_filtered_ = false;
  StreamType stream_type_ = StreamType::kUnary;
  wire::TimePoint deadline_ = wire::kNever;

  RequestMeta request_;
  ResponseMeta response_meta_;
  Error error_;
  CallCounts counts_;
  RequestState request_state_ = RequestState::kDone;
  bool reading_ = false;  // something of the request may be held: StopReading was not called yet
  ResponseState response_state_ = ResponseState::kNone;

  std::string_view input_;
  bool input_ended_ = false;
  wire::StreamingBase64Decoder text_;
  std::string decoded_;  // text forms: what input_ points into, until it is used up
  wire::EnvelopeReader envelopes_;
  wire::EnvelopeHeader envelope_;
  bool in_payload_ = false;  // envelope_ was admitted, its payload is being read
  bool compressed_ = false;  // envelope_'s payload is
  bool has_message_ = false;
  Payload held_;
  std::string gathered_;      // bare: the body so far
  size_t expected_body_ = 0;  // 0: unknown
  bool sent_message_ = false;
  bool compressing_ = true;
};

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_SERVER_CALL_H_
