#include "protocol/client_call.h"

#include <limits>
#include <utility>

#include "protocol/metadata_fields.h"
#include "protocol/response_faults.h"
#include "wire/metadata.h"

namespace connectrpc::protocol {
namespace {

constexpr std::string_view kIdentity = "identity";
constexpr std::string_view kMessage = "message";
constexpr std::string_view kEndFrame = "end of the response";

Error TooLarge(std::string_view what, size_t limit) {
  return Error(Code::kResourceExhausted, std::string(what).append(" is larger than the configured maximum of ") +
                                             std::to_string(limit) + " bytes");
}

// A mistake of the application.
Error RequestCardinality(std::string_view what) {
  return Error(Code::kInternal, std::string("method takes exactly one request message: ").append(what));
}

Error ResponseCardinality(std::string_view what) {
  return Error(Code::kUnimplemented, std::string("method has exactly one response message: ").append(what));
}

wire::Framing FramingOf(const ClientCallStart& start) {
  switch (start.protocol) {
    case Protocol::kGrpc:
      return wire::Framing::kGrpc;
    case Protocol::kGrpcWeb:
      return wire::Framing::kGrpcWeb;
    case Protocol::kConnect:
      break;
  }
  if (start.method->stream_type != StreamType::kUnary) return wire::Framing::kConnectStream;
  const bool safe = start.method->idempotency == Idempotency::kNoSideEffects;
  return start.use_get && safe ? wire::Framing::kConnectGet : wire::Framing::kConnectUnary;
}

void AddAll(const HeaderList& fields, HeaderList* list) {
  for (HeaderField field : fields) list->Add(field.name, field.value);
}

// Gives back the memory that `*value` holds: clearing and assigning keep a string's capacity.
template <class T>
void Release(T* value) {
  [[maybe_unused]] T released = std::move(*value);
}

}  // namespace

Error ClientCall::Start(const ClientCallConfig& config, const ClientCallStart& start, wire::RequestHead* request,
                        wire::OutgoingBody* body) {
  config_ = &config;
  head_ = request;
  body_ = body;
  Reset();
  DescribeRequest(start);
  // A bare message is in the head by its encoding, or as a whole: its head is written with it.
  Error error = bare() ? CheckRequestMetadata(request_.metadata) : WriteHead();
  if (!error.ok()) return error;
  request_ready_ = !bare();
  state_ = State::kHead;
  return error;
}

void ClientCall::Reset() {
  state_ = State::kIdle;
  request_ready_ = false;
  headers_due_ = false;
  response_compressor_ = nullptr;
  response_.Clear();
  head_end_.reset();
  body_fallback_ = Error();
  end_.Clear();
  input_ = {};
  has_body_ = HasBody::kNo;
  in_payload_ = has_message_ = false;
  Release(&envelopes_);
  envelopes_.Reset();
  Release(&held_);
  Release(&gathered_);
  gathered_.clear();
}

void ClientCall::DescribeRequest(const ClientCallStart& start) {
  stream_type_ = start.method->stream_type;
  max_message_bytes_ = start.max_message_bytes;
  request_compressor_ = start.compressor;
  request_.Clear();
  request_.framing = request_.response_framing = FramingOf(start);
  protocol_ = &ClientProtocolFor(request_.framing);
  request_.path.append(config_->path_prefix).append(start.method->path);
  request_.codec = start.codec;
  // The head of an enveloped request names the encoding before any message exists, and though each of them may be too
  // short for it; a bare body is labelled once it was compressed.
  if (request_compressor_ != nullptr && !bare()) request_.content_encoding = request_compressor_->name();
  // Silence would not mean the same: it permits any coding (RFC 9110 section 12.5.3), or the request's own.
  const std::string& accepted = config_->compressions->accept_list();
  request_.accept_encoding = config_->accept_compression && !accepted.empty() ? std::string_view(accepted) : kIdentity;
  request_.timeout = start.timeout;
  if (start.metadata != nullptr) request_.metadata = *start.metadata;
}

Error ClientCall::WriteHead() {
  Error error = protocol_->WriteRequestHead(request_, head_);
  if (!config_->user_agent.empty() && !head_->headers.Find("user-agent").has_value()) {
    head_->headers.Add("user-agent", config_->user_agent);
  }
  return error;
}

bool ClientCall::bare() const {
  return request_.framing == wire::Framing::kConnectUnary || request_.framing == wire::Framing::kConnectGet;
}

bool ClientCall::Compress(Payload* message) const {
  if (request_compressor_ == nullptr || message->size() < config_->compress_min_bytes) return false;
  std::string compressed;
  if (!request_compressor_->Compress(message->view(), &compressed)) return false;
  *message = Payload::Own(std::move(compressed));
  return true;
}

void ClientCall::SendMessage(Payload message) {
  if (ended()) return;
  if (body_->ended) {
    EndWith(ClientStreams(stream_type_) ? Error(Code::kInternal, "message sent after the end of the request")
                                        : RequestCardinality("got more"));
    return;
  }
  if (bare()) return SendBare(std::move(message));
  const bool compressed = Compress(&message);
  if (message.size() > std::numeric_limits<uint32_t>::max()) {
    EndWith(Error(Code::kResourceExhausted, "request message is larger than an envelope can hold"));
    return;
  }
  char header[wire::kEnvelopeHeaderSize];
  wire::WriteEnvelopeHeader({static_cast<uint8_t>(compressed ? 1 : 0), static_cast<uint32_t>(message.size())}, header);
  body_->queue.Append(std::string_view(header, sizeof(header)));
  body_->queue.Append(std::move(message));
  if (!ClientStreams(stream_type_)) body_->ended = true;
}

void ClientCall::SendBare(Payload message) {
  request_.content_encoding.clear();
  if (Compress(&message)) request_.content_encoding = request_compressor_->name();
  if (request_.framing != wire::Framing::kConnectGet || !SendByGet(message.view())) {
    // Cannot fail: the metadata was checked at the start.
    static_cast<void>(WriteHead());
    body_->queue.Append(std::move(message));
  }
  body_->ended = true;
  request_ready_ = true;
}

bool ClientCall::SendByGet(std::string_view message) {
  if (message.size() <= config_->max_get_url_bytes) {
    request_.get_message = message;
    static_cast<void>(WriteHead());
    if (head_->target.size() <= config_->max_get_url_bytes) return true;
    request_.get_message.reset();
  }
  request_.framing = request_.response_framing = wire::Framing::kConnectUnary;
  protocol_ = &ClientProtocolFor(request_.framing);
  return false;
}

void ClientCall::CloseSend() {
  if (ended() || body_->ended) return;
  if (!ClientStreams(stream_type_)) return EndWith(RequestCardinality("got none"));
  body_->ended = true;
}

void ClientCall::OnHead(const wire::ResponseHead& head, wire::EndStream end) {
  if (state_ != State::kHead) return;
  Error error = protocol_->ParseResponseHead(request_, head, &response_, &head_end_);
  if (error.ok()) {
    AcceptHead(head, end);
  } else {
    RefuseHead(head, std::move(error));
  }
  if (end == wire::EndStream::kYes) OnEnd(HeaderList());
}

void ClientCall::RefuseHead(const wire::ResponseHead& head, Error error) {
  if (!bare()) {
    RpcEnd end;
    if (head_end_.has_value()) {
      end = *std::move(head_end_);
      response_.metadata.Clear();  // the same fields
    } else {
      end.error = std::move(error);
    }
    return EndAs(std::move(end));
  }
  response_compressor_ = config_->compressions->Find(response_.content_encoding);
  const bool readable = response_compressor_ != nullptr || response_.content_encoding.empty();
  if (head.status == 200 || response_.codec.empty() || !readable) return EndWith(std::move(error));
  body_fallback_ = std::move(error);
  state_ = State::kErrorBody;
}

void ClientCall::AcceptHead(const wire::ResponseHead& head, wire::EndStream end) {
  // What a complete answer without a body says of encodings concerns nothing; but Connect has a message there.
  if ((bare() || end == wire::EndStream::kNo) && !CheckEncodings(head)) return;
  state_ = bare() ? State::kBody : State::kEnvelopes;
  // Where an enveloped answer names its end in the head, that is perhaps all of it: what follows decides.
  headers_due_ = bare() || !head_end_.has_value();
}

bool ClientCall::CheckEncodings(const wire::ResponseHead& head) {
  if (!bare()) {
    // Put on by some proxy, although we asked for identity.
    const std::string_view coding = head.headers.Find("content-encoding").value_or(kIdentity);
    if (coding != kIdentity) {
      EndWith(Error(Code::kInternal, "unexpected content-encoding \"" + wire::Quoted(coding) + "\""));
      return false;
    }
  }
  if (response_.content_encoding.empty()) return true;
  response_compressor_ = config_->compressions->Find(response_.content_encoding);
  if (response_compressor_ != nullptr) return true;
  EndWith(Error(Code::kInternal, "unknown compression \"" + wire::Quoted(response_.content_encoding) + "\""));
  return false;
}

void ClientCall::Feed(std::string_view bytes) {
  if (ended() || bytes.empty()) return;
  if (state_ == State::kHead) return EndWith(Error(Code::kInternal, "response body without a head"));
  if (state_ == State::kEnvelopes && has_body_ == HasBody::kNo && head_end_.has_value()) headers_due_ = true;
  has_body_ = HasBody::kYes;
  input_ = bytes;
}

ClientCall::Event ClientCall::Next(Payload* message) {
  if (std::exchange(headers_due_, false)) return Event::kHeaders;
  if (state_ == State::kEnvelopes) return NextEnvelope(message);
  if (state_ == State::kBody || state_ == State::kErrorBody) GatherBody();
  if (state_ == State::kMessageDue) {
    *message = std::move(held_);
    state_ = State::kEndDue;
    return Event::kMessage;
  }
  if (state_ == State::kEndDue) {
    state_ = State::kIdle;
    return Event::kEnd;
  }
  return Event::kNone;
}

void ClientCall::GatherBody() {
  const std::string_view piece = std::exchange(input_, {});
  const size_t limit = state_ == State::kBody ? max_message_bytes_ : config_->max_end_bytes;
  if (piece.size() <= limit - gathered_.size()) {
    gathered_.append(piece);
  } else if (state_ == State::kBody) {
    EndWith(TooLarge(kMessage, limit));
  } else {
    EndWith(std::move(body_fallback_));
  }
}

ClientCall::Event ClientCall::NextEnvelope(Payload* message) {
  for (;;) {
    if (!in_payload_) {
      if (envelopes_.ReadHeader(&input_, &envelope_) == wire::DecodeStatus::kNeedMore) break;
      if (!AdmitEnvelope()) return Next(message);
      in_payload_ = true;
    }
    Payload payload;
    if (envelopes_.ReadPayload(&input_, &payload) == wire::DecodeStatus::kNeedMore) break;
    in_payload_ = false;
    if (frame_ == FrameKind::kEnd || frame_ == FrameKind::kCompressedEnd) {
      EndByFrame(std::move(payload));
      return Next(message);
    }
    if (frame_ == FrameKind::kCompressedMessage && !Decompress(kMessage, max_message_bytes_, &payload)) {
      return Next(message);
    }
    if (ServerStreams(stream_type_)) {
      *message = std::move(payload);
      return Event::kMessage;
    }
    // Not before it is known that it is the only one, and how the call ends.
    has_message_ = true;
    held_ = std::move(payload);
  }
  held_.EnsureOwned();
  input_ = {};
  return Event::kNone;
}

bool ClientCall::AdmitEnvelope() {
  frame_ = protocol_->ClassifyResponseFrame(envelope_.flags);
  const bool compressed = frame_ == FrameKind::kCompressedMessage || frame_ == FrameKind::kCompressedEnd;
  const bool end = frame_ == FrameKind::kEnd || frame_ == FrameKind::kCompressedEnd;
  if (frame_ == FrameKind::kInvalid) {
    EndWith(Error(Code::kInternal, "invalid envelope flags " + std::to_string(envelope_.flags)));
  } else if (compressed && response_compressor_ == nullptr) {
    EndWith(Error(Code::kInternal, "compressed message without a message encoding"));
  } else if (end && envelope_.size > config_->max_end_bytes) {
    EndWith(TooLarge(kEndFrame, config_->max_end_bytes));
  } else if (!end && has_message_) {
    EndWith(ResponseCardinality("got more"));
  } else if (!end && envelope_.size > max_message_bytes_) {
    EndWith(TooLarge(kMessage, max_message_bytes_));
  } else {
    return true;
  }
  return false;
}

bool ClientCall::Decompress(std::string_view what, size_t limit, Payload* payload) {
  // An empty one is never compressed, whatever its flag says (C20).
  if (payload->empty()) return true;
  std::string out;
  switch (response_compressor_->Decompress(payload->view(), limit, &out)) {
    case DecompressResult::kOk:
      *payload = Payload::Own(std::move(out));
      return true;
    case DecompressResult::kTooLarge:
      EndWith(TooLarge(what, limit));
      return false;
    case DecompressResult::kCorrupt:
      break;
  }
  EndWith(Error(Code::kDataLoss, std::string(what).append(" is not valid ").append(response_compressor_->name())));
  return false;
}

void ClientCall::OnEnd(const HeaderList& trailers) {
  switch (state_) {
    case State::kHead:
      return EndWith(Error(Code::kInternal, "response ended without a head"));
    case State::kEnvelopes:
      return EndEnvelopes(trailers);
    case State::kBody:
      return EndBody();
    case State::kErrorBody:
      return EndErrorBody();
    case State::kMessageDue:
    case State::kEndDue:
    case State::kIdle:
      return;
  }
}

void ClientCall::EndByFrame(Payload payload) {
  if (frame_ == FrameKind::kCompressedEnd && !Decompress(kEndFrame, config_->max_end_bytes, &payload)) return;
  RpcEnd end =
      protocol_->ParseEndFrame(payload.view(), EndLimits{config_->max_header_list_bytes, config_->max_header_fields});
  if (end.error.ok() && !input_.empty()) end.error = Error(Code::kInternal, "response goes on after its end");
  EndAs(std::move(end));
}

void ClientCall::EndBody() {
  Payload message = Payload::Own(std::move(gathered_));
  if (response_compressor_ != nullptr && !Decompress(kMessage, max_message_bytes_, &message)) return;
  has_message_ = true;
  held_ = std::move(message);
  EndAs(protocol_->ParseTrailers(HeaderList(), has_body_, head_end_));
}

void ClientCall::EndErrorBody() {
  std::string body = std::move(gathered_);
  if (response_compressor_ != nullptr && !body.empty()) {
    std::string out;
    if (response_compressor_->Decompress(body, config_->max_end_bytes, &out) != DecompressResult::kOk) out.clear();
    body = std::move(out);
  }
  EndWith(protocol_->ParseErrorBody(response_, body, body_fallback_));
}

void ClientCall::EndEnvelopes(const HeaderList& trailers) {
  if (TrailersOnly(trailers)) {
    response_.metadata.Clear();  // the same fields
  } else if (has_body_ == HasBody::kNo && head_end_.has_value()) {
    headers_due_ = true;
  }
  RpcEnd end = protocol_->ParseTrailers(trailers, has_body_, head_end_);
  // What the server itself says has gone wrong explains more than where the body stops.
  if (envelopes_.InsideEnvelope() && (end.error.ok() || trailers.empty())) {
    end.error = Error(Code::kInternal, "response ended inside a message");
  }
  EndAs(std::move(end));
}

bool ClientCall::TrailersOnly(const HeaderList& trailers) const {
  if (!head_end_.has_value() || has_body_ == HasBody::kYes) return false;
  return trailers.empty() || request_.framing != wire::Framing::kGrpc;  // gRPC-Web has no HTTP trailers
}

void ClientCall::OnReset(uint32_t error_code, std::string_view fault) {
  if (!ended()) Fail(ErrorFromReset(error_code, fault));
}

void ClientCall::Fail(Error error) {
  if (ended()) return;
  headers_due_ = false;
  EndWith(std::move(error));
}

void ClientCall::EndWith(Error error) {
  RpcEnd end;
  end.error = std::move(error);
  if (bare() && head_end_.has_value()) end.trailers = std::move(head_end_->trailers);
  EndAs(std::move(end));
}

void ClientCall::EndAs(RpcEnd end) {
  end_ = std::move(end);
  if (end_.error.ok() && !has_message_ && !ServerStreams(stream_type_)) end_.error = ResponseCardinality("got none");
  state_ = end_.error.ok() && has_message_ ? State::kMessageDue : State::kEndDue;
  if (!end_.error.ok()) {
    AddAll(response_.metadata, &end_.error.metadata);
    AddAll(end_.trailers, &end_.error.metadata);
    Release(&held_);
  }
  input_ = {};
  Release(&envelopes_);
  Release(&gathered_);
  gathered_.clear();
}

}  // namespace connectrpc::protocol
