#include "protocol/server_call.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "protocol/sendable_end.h"
#include "wire/gathering.h"
#include "wire/metadata.h"

namespace connectrpc::protocol {
namespace {

constexpr std::string_view kCompressionField = "connectrpc-compression";
constexpr std::string_view kIdentity = "identity";

Error TooLarge(size_t limit) {
  return Error(Code::kResourceExhausted,
               "message is larger than the configured maximum of " + std::to_string(limit) + " bytes");
}

// An option; what Duration cannot hold becomes the largest that it can.
wire::Duration DurationOf(std::chrono::milliseconds option) {
  constexpr auto kMost = std::chrono::duration_cast<std::chrono::milliseconds>(wire::Duration::max());
  return option > kMost ? wire::Duration::max() : wire::Duration(option);
}

std::optional<wire::Duration> ApplyPolicy(const DeadlinePolicy& policy, std::optional<wire::Duration> timeout) {
  if (!timeout.has_value()) {
    if (policy.none.count() > 0) timeout = DurationOf(policy.none);
    return timeout;
  }
  if (policy.min.count() > 0) timeout = std::max(*timeout, DurationOf(policy.min));
  if (policy.max.count() > 0) timeout = std::min(*timeout, DurationOf(policy.max));
  return timeout;
}

Error Cardinality(std::string_view what) {
  return Error(Code::kUnimplemented, std::string("method takes exactly one request message: ").append(what));
}

// Gives back the memory that `*value` holds: clearing and assigning keep a string's capacity. Most calls end with
// nothing held, which must cost next to nothing.
template <class T>
void Release(T* value) {
  [[maybe_unused]] T released = std::move(*value);
}
void Release(std::string* text) {
  if (text->capacity() > std::string().capacity()) std::string().swap(*text);
  text->clear();
}

}  // namespace

ServerCall::StartResult ServerCall::Start(const CallConfig& config, const wire::RequestHead& head,
                                          const wire::ContentType& content_type, StreamType stream_type,
                                          wire::TimePoint now, wire::ResponseHead* response, wire::OutgoingBody* body) {
  config_ = &config;
  protocol_ = &ServerProtocolFor(content_type.framing);
  response_ = response;
  body_ = body;
  stream_type_ = stream_type;
  Reset();

  Error head_error = protocol_->ParseRequestHead(head, content_type.codec, &request_);
  // What classifies the frames of a request does so for both forms of gRPC-Web alike.
  protocol_ = &ServerProtocolFor(request_.response_framing);
  response_meta_.framing = request_.response_framing;
  response_meta_.codec = request_.codec;
  response_meta_.accept_encoding = config.compressions->accept_list();
  codec_ = config.codecs->Find(request_.codec);
  if (!FramingFitsMethod()) return StartResult::kUnsupportedMediaType;
  // The codec is empty only where the query of a GET could not be read.
  if (codec_ == nullptr && !request_.codec.empty() && FamilyOf(content_type.framing) == Protocol::kConnect) {
    return StartResult::kUnsupportedMediaType;
  }
  if (!head_error.ok()) {
    Fail(std::move(head_error));
  } else if (codec_ == nullptr) {
    Fail(Error(Code::kUnimplemented, "unknown message codec \"" + wire::Quoted(request_.codec) + "\""));
  } else if (CheckVersion() && ChooseCompression() && SetDeadline(now)) {
    request_state_ = RequestState::kReading;
    reading_ = true;
    return StartResult::kStarted;
  }
  return StartResult::kAnswered;
}

void ServerCall::Reset() {
  StopReading();
  Release(&decoded_);
  text_.Reset();
  request_compressor_ = response_compressor_ = nullptr;
  deadline_ = wire::kNever;
  response_meta_.Clear();
  if (!error_.ok()) error_ = Error();
  counts_ = CallCounts();
  response_state_ = ResponseState::kNone;
  input_ended_ = false;
  expected_body_ = 0;
  sent_message_ = false;
  compressing_ = true;
  filter_ = nullptr;
  headers_filtered_ = false;
}

bool ServerCall::FramingFitsMethod() const {
  const bool streams = stream_type_ != StreamType::kUnary;
  if (response_meta_.framing == wire::Framing::kConnectStream) return streams;
  return !bare() || !streams;
}

bool ServerCall::CheckVersion() {
  if (!config_->require_connect_protocol_version || request_.names_version) return true;
  if (FamilyOf(request_.framing) != Protocol::kConnect) return true;
  const bool get = request_.framing == wire::Framing::kConnectGet;
  Fail(Error(Code::kInvalidArgument,
             get ? "missing connect parameter, expected \"v1\"" : "missing connect-protocol-version, expected \"1\""));
  return false;
}

bool ServerCall::ChooseCompression() {
  if (!request_.content_encoding.empty()) {
    request_compressor_ = config_->compressions->Find(request_.content_encoding);
    if (request_compressor_ == nullptr) {
      Fail(Error(Code::kUnimplemented, "unknown compression \"" + wire::Quoted(request_.content_encoding) +
                                           "\": supported are " + config_->compressions->accept_list() + ", identity"));
      return false;
    }
  }
  if (!config_->compress_responses) return true;
  // Without a list of its own a caller takes what it sends (C19).
  response_compressor_ = request_.accept_encoding.empty() ? request_compressor_
                                                          : config_->compressions->Negotiate(request_.accept_encoding);
  // The head of an enveloped answer names the encoding before any message exists; a bare body is labelled once it was
  // compressed.
  if (response_compressor_ != nullptr && !bare()) response_meta_.content_encoding = response_compressor_->name();
  return true;
}

bool ServerCall::SetDeadline(wire::TimePoint now) {
  const std::optional<wire::Duration> timeout = ApplyPolicy(config_->deadlines, request_.timeout);
  if (!timeout.has_value()) return true;
  deadline_ = wire::DeadlineAfter(now, *timeout);
  if (deadline_ > now) return true;
  Fail(Error(Code::kDeadlineExceeded, "deadline exceeded"));
  return false;
}

bool ServerCall::bare() const {
  return response_meta_.framing == wire::Framing::kConnectUnary || response_meta_.framing == wire::Framing::kConnectGet;
}

size_t ServerCall::EnvelopeLimit() const {
  if (stream_type_ != StreamType::kUnary) return config_->max_message_bytes;
  const size_t body = config_->max_unary_body_bytes;
  return std::min(config_->max_message_bytes, body - std::min(body, wire::kEnvelopeHeaderSize));
}

void ServerCall::Feed(std::string_view bytes, wire::EndStream end) {
  input_ = bytes;
  if (end == wire::EndStream::kYes) input_ended_ = true;
  if (!wire::IsText(request_.framing) || request_state_ != RequestState::kReading) return;
  // What comes before a fault is used: CheckText reports it after that, wherever the pieces were cut.
  static_cast<void>(text_.Decode(bytes, &decoded_));
  input_ = decoded_;
}

void ServerCall::DropInput() {
  input_ = {};
  if (!wire::IsText(request_.framing)) return;
  Release(&decoded_);
}

ServerCall::Event ServerCall::Next(Payload* message) {
  switch (request_state_) {
    case RequestState::kReading:
      return bare() ? NextBare(message) : NextEnvelope(message);
    case RequestState::kMessageReady:
      *message = std::move(held_);
      request_state_ = RequestState::kHalfClosing;
      return Event::kMessage;
    case RequestState::kHalfClosing:
      request_state_ = RequestState::kDone;
      return Event::kHalfClosed;
    case RequestState::kFailing:
      return Failed();
    case RequestState::kDone:
      break;
  }
  DropInput();
  return Event::kNone;
}

ServerCall::Event ServerCall::Failed() {
  DropInput();
  request_state_ = RequestState::kDone;
  return Event::kFailed;
}

ServerCall::Event ServerCall::NextBare(Payload* message) {
  std::string_view piece = std::exchange(input_, {});
  bool compressed = request_compressor_ != nullptr;
  size_t limit = config_->max_unary_body_bytes;
  if (!compressed) limit = std::min(limit, config_->max_message_bytes);
  if (piece.size() > limit - gathered_.size()) {
    Fail(TooLarge(limit));
    return Failed();
  }
  if (request_.get_message.has_value()) {
    if (!input_ended_) return Event::kNone;
    held_ = Payload::Own(std::move(*request_.get_message));
    if (held_.size() > limit) {
      Fail(TooLarge(limit));
      return Failed();
    }
  } else if (!input_ended_) {
    Gather(piece, limit);
    return Event::kNone;
  } else if (gathered_.empty()) {
    held_ = Payload::Borrow(piece);
  } else {
    Gather(piece, limit);
    held_ = Payload::Own(std::move(gathered_));
    gathered_.clear();
  }
  if (!TakeIn(compressed, &held_)) return Failed();
  request_state_ = RequestState::kMessageReady;
  return Next(message);
}

void ServerCall::Gather(std::string_view piece, size_t limit) {
  if (expected_body_ != 0) wire::ReserveForPiece(std::min(expected_body_, limit), piece.size(), &gathered_);
  gathered_.append(piece);
}

ServerCall::Event ServerCall::NextEnvelope(Payload* message) {
  for (;;) {
    if (!in_payload_) {
      if (envelopes_.ReadHeader(&input_, &envelope_) == wire::DecodeStatus::kNeedMore) return EndRequest(message);
      if (!AdmitEnvelope()) return Failed();
      in_payload_ = true;
    }
    Payload payload;
    if (envelopes_.ReadPayload(&input_, &payload) == wire::DecodeStatus::kNeedMore) return EndRequest(message);
    in_payload_ = false;
    if (!TakeIn(compressed_, &payload)) return Failed();
    if (ClientStreams(stream_type_)) {
      *message = std::move(payload);
      return Event::kMessage;
    }
    has_message_ = true;
    held_ = std::move(payload);
  }
}

bool ServerCall::AdmitEnvelope() {
  FrameKind kind = protocol_->ClassifyRequestFrame(envelope_.flags);
  compressed_ = kind == FrameKind::kCompressedMessage;
  if (!compressed_ && kind != FrameKind::kMessage) {
    Fail(Error(Code::kInternal, "invalid envelope flags " + std::to_string(envelope_.flags)));
  } else if (compressed_ && request_compressor_ == nullptr) {
    Fail(Error(Code::kInternal, "compressed message without a message encoding"));
  } else if (!ClientStreams(stream_type_) && has_message_) {
    Fail(Cardinality("got more"));
  } else if (envelope_.size > EnvelopeLimit()) {
    Fail(TooLarge(EnvelopeLimit()));
  } else {
    return true;
  }
  return false;
}

ServerCall::Event ServerCall::EndRequest(Payload* message) {
  if (wire::IsText(request_.framing) && !CheckText()) return Failed();
  if (!input_ended_) {
    held_.EnsureOwned();
    DropInput();
    return Event::kNone;
  }
  if (envelopes_.InsideEnvelope()) {
    Fail(Error(Code::kInvalidArgument, "request ended inside a message"));
    return Failed();
  }
  if (ClientStreams(stream_type_)) {
    request_state_ = RequestState::kHalfClosing;
  } else if (has_message_) {
    request_state_ = RequestState::kMessageReady;
  } else {
    Fail(Cardinality("got none"));
    return Failed();
  }
  return Next(message);
}

bool ServerCall::CheckText() {
  if (!text_.failed() && (!input_ended_ || text_.complete())) return true;
  Fail(Error(Code::kInvalidArgument, "request body is not base64"));
  return false;
}

bool ServerCall::TakeIn(bool compressed, Payload* payload) {
  ++counts_.request_messages;
  counts_.request_bytes += payload->size();
  return !compressed || Decompress(payload);
}

bool ServerCall::Decompress(Payload* payload) {
  // An empty message is never compressed, whatever its flag says (C20).
  if (payload->empty()) return true;
  std::string out;
  switch (request_compressor_->Decompress(payload->view(), config_->max_message_bytes, &out)) {
    case DecompressResult::kOk:
      *payload = Payload::Own(std::move(out));
      return true;
    case DecompressResult::kTooLarge:
      Fail(TooLarge(config_->max_message_bytes));
      return false;
    case DecompressResult::kCorrupt:
      break;
  }
  Fail(Error(Code::kInvalidArgument, "message is not valid " + std::string(request_compressor_->name())));
  return false;
}

void ServerCall::DisableCompression() {
  if (response_state_ != ResponseState::kNone || sent_message_) return;
  response_compressor_ = nullptr;
  response_meta_.content_encoding.clear();
}

void ServerCall::SendHeaders(const HeaderList& metadata) {
  if (response_state_ != ResponseState::kNone) return;
  if (!metadata.empty()) response_meta_.metadata = metadata;
  FilterHeaders();
  const HeaderList& filtered = response_meta_.metadata;
  if (!filtered.empty() && filtered.Find(kCompressionField) == kIdentity) DisableCompression();
  if (!bare()) WriteHead();
}

void ServerCall::FilterHeaders() {
  if (filter_ == nullptr || std::exchange(headers_filtered_, true)) return;
  filter_->OnResponseHeaders(&response_meta_.metadata);
}

bool ServerCall::WriteHead() {
  FilterHeaders();
  Error error = protocol_->WriteResponseHead(response_meta_, response_);
  if (error.ok()) {
    response_state_ = ResponseState::kHeadSent;
    return true;
  }
  Fail(std::move(error));
  return false;
}

bool ServerCall::Compress(std::string_view message, std::string* compressed) const {
  return CompressesMessageOf(message.size()) && response_compressor_->Compress(message, compressed) &&
         compressed->size() < message.size();
}

bool ServerCall::CompressesMessageOf(size_t size) const {
  return response_compressor_ != nullptr && compressing_ && size >= config_->compress_min_bytes;
}

void ServerCall::SendMessage(Payload message) {
  if (finished()) return;
  if (sent_message_ && !ServerStreams(stream_type_)) {
    Fail(Error(Code::kInternal, "handler answered a single-response method with several messages"));
    return;
  }
  sent_message_ = true;
  std::string compressed;
  bool is_compressed = Compress(message.view(), &compressed);
  if (is_compressed) message = Payload::Own(std::move(compressed));
  if (bare()) {
    if (is_compressed) response_meta_.content_encoding = response_compressor_->name();
    CountResponse(message.size());
    body_->queue.Append(std::move(message));
    return;
  }
  if (message.size() > std::numeric_limits<uint32_t>::max()) {
    Fail(Error(Code::kResourceExhausted, "response message is larger than an envelope can hold"));
    return;
  }
  if (response_state_ == ResponseState::kNone && !WriteHead()) return;
  CountResponse(message.size());
  AppendEnvelope(is_compressed ? 1 : 0, std::move(message));
}

char* ServerCall::SendMessageInPlace(size_t size) {
  if (finished() || (sent_message_ && !ServerStreams(stream_type_)) || CompressesMessageOf(size)) return nullptr;
  if (wire::IsText(response_meta_.framing) || size > std::numeric_limits<uint32_t>::max()) return nullptr;
  if (!bare() && response_state_ == ResponseState::kNone && !WriteHead()) return nullptr;
  sent_message_ = true;
  CountResponse(size);
  if (bare()) return body_->queue.Extend(size);
  char header[wire::kEnvelopeHeaderSize];
  wire::WriteEnvelopeHeader({0, static_cast<uint32_t>(size)}, header);
  char* const room = body_->queue.Extend(sizeof(header) + size);
  std::memcpy(room, header, sizeof(header));
  return room + sizeof(header);
}

void ServerCall::CountResponse(size_t bytes) {
  ++counts_.response_messages;
  counts_.response_bytes += bytes;
}

void ServerCall::AppendEnvelope(uint8_t flags, Payload message) {
  char header[wire::kEnvelopeHeaderSize];
  wire::WriteEnvelopeHeader({flags, static_cast<uint32_t>(message.size())}, header);
  if (wire::IsText(response_meta_.framing)) {
    // Padded, so that the caller can decode the message as soon as it has come.
    wire::Base64Writer text(&body_->queue);
    text.Write(std::string_view(header, sizeof(header)));
    text.Write(message.view());
    text.Finish();
    return;
  }
  body_->queue.Append(std::string_view(header, sizeof(header)));
  body_->queue.Append(std::move(message));
}

void ServerCall::Finish(const RpcEnd& end) {
  if (!finished()) FilterEnd(end);
}

void ServerCall::Fail(Error error) {
  if (finished()) return;
  RpcEnd end;
  end.error = std::move(error);
  FilterEnd(end);
  request_state_ = RequestState::kFailing;
}

void ServerCall::FilterEnd(const RpcEnd& end) {
  if (filter_ == nullptr) return CheckEnd(end);
  if (response_state_ == ResponseState::kNone) FilterHeaders();
  RpcEnd changed = end;
  std::exchange(filter_, nullptr)->OnEnd(&changed);
  CheckEnd(changed);
}

void ServerCall::CheckEnd(const RpcEnd& end) {
  if (!end.error.ok() || sent_message_ || ServerStreams(stream_type_)) return WriteEnd(end);
  RpcEnd missing;
  missing.error = Error(Code::kInternal, "handler ended without a response message");
  missing.trailers = end.trailers;
  WriteEnd(missing);
}

void ServerCall::WriteEnd(const RpcEnd& end) {
  const bool ok = end.error.ok();
  wire::ResponseHead* open_head = nullptr;
  if (response_state_ == ResponseState::kNone) {
    open_head = response_;
    // Of what is still open, only the message of a bare success can have been compressed.
    if (!bare() || !ok) response_meta_.content_encoding.clear();
    if (ok) {
      Error error = protocol_->WriteResponseHead(response_meta_, response_);
      if (!error.ok()) {
        RpcEnd invalid;
        invalid.error = std::move(error);
        invalid.trailers = end.trailers;
        WriteEnd(invalid);
        return;
      }
      // Trailers-Only is for errors (PROTOCOL-HTTP2.md, "Responses").
      if (!bare()) open_head = nullptr;
    }
  }
  protocol_->WriteEnd(response_meta_, end, open_head, body_);
  body_->ended = true;
  response_state_ = ResponseState::kEnded;
  if (!ok || !end.trailers.empty()) {
    const SendableEnd sendable(nullptr, end);
    if (!sendable.error().ok()) error_ = sendable.error();
  }
  // A message that was queued before a bare answer became an error is not sent.
  if (bare() && !error_.ok()) counts_.response_messages = counts_.response_bytes = 0;
  StopReading();
}

void ServerCall::StopReading() {
  request_state_ = RequestState::kDone;
  input_ = {};
  if (!std::exchange(reading_, false)) return;
  envelope_ = wire::EnvelopeHeader();
  in_payload_ = compressed_ = has_message_ = false;
  if (envelopes_.InsideEnvelope()) {
    Release(&envelopes_);
    envelopes_.Reset();
  }
  if (held_.owned()) Release(&held_);
  held_ = Payload();
  Release(&gathered_);
}

}  // namespace connectrpc::protocol
