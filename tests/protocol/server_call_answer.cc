#include "protocol/server_call_answer.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "protocol/client_protocol.h"
#include "protocol/text_body.h"
#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

using protocol::FrameKind;

constexpr size_t kMaxMessageBytes = 16 * 1024 * 1024;

class AnswerReader {
 public:
  AnswerReader(const protocol::RequestMeta& request, const codec::CompressionRegistry& compressions, CallAnswer* answer)
      : client_(protocol::ClientProtocolFor(request.framing)),
        request_(request),
        compressions_(compressions),
        answer_(answer) {}

  void Read(const wire::ResponseHead& head, const wire::OutgoingBody& body, std::string_view bytes) {
    std::optional<protocol::RpcEnd> head_end;
    std::string decoded;
    if (wire::IsText(request_.framing)) {
      std::optional<std::string> read = ReadPaddedBase64(bytes);
      if (!read.has_value()) return Fault("the body is not a row of padded base64");
      decoded = *std::move(read);
      bytes = decoded;
    }
    const Error head_error = client_.ParseResponseHead(request_, head, &meta_, &head_end);
    answer_->headers = meta_.metadata;
    if (!body.ended) return Fault("the body has no end");
    if (request_.framing != wire::Framing::kGrpc && !body.trailers.empty()) return Fault("there are HTTP trailers");

    const bool bare =
        request_.framing == wire::Framing::kConnectUnary || request_.framing == wire::Framing::kConnectGet;
    if (bare) {
      ReadBare(head_error, head_end.value_or(protocol::RpcEnd()), bytes);
    } else if (!head_error.ok()) {
      Fault("the head is refused: " + head_error.message);
    } else if (ReadEnvelopes(bytes)) {
      ReadEnd(body, bytes.empty() ? protocol::HasBody::kNo : protocol::HasBody::kYes, head_end);
    }
  }

 private:
  void Fault(std::string what) { answer_->fault = std::move(what); }

  void ReadBare(const Error& head_error, const protocol::RpcEnd& head_end, std::string_view bytes) {
    answer_->end = head_end;
    if (head_error.ok()) {
      AddMessage(bytes, !meta_.content_encoding.empty());
      return;
    }
    if (!meta_.content_encoding.empty()) Fault("the error is compressed");
    const Error fallback(Code::kOk, "no error in the body");
    answer_->end.error = client_.ParseErrorBody(meta_, bytes, fallback);
    if (answer_->end.error.ok()) Fault("the error body cannot be read");
  }

  bool ReadEnvelopes(std::string_view bytes) {
    wire::EnvelopeReader reader;
    wire::EnvelopeHeader header;
    Payload payload;
    while (!bytes.empty() && answer_->fault.empty()) {
      if (reader.ReadHeader(&bytes, &header) != wire::DecodeStatus::kDone ||
          reader.ReadPayload(&bytes, &payload) != wire::DecodeStatus::kDone) {
        Fault("an envelope is cut off");
      } else if (end_frame_seen_) {
        Fault("something follows the end frame");
      } else {
        ReadFrame(client_.ClassifyResponseFrame(header.flags), payload.view());
      }
    }
    return answer_->fault.empty();
  }

  void ReadFrame(FrameKind kind, std::string_view payload) {
    switch (kind) {
      case FrameKind::kMessage:
      case FrameKind::kCompressedMessage:
        AddMessage(payload, kind == FrameKind::kCompressedMessage);
        return;
      case FrameKind::kEnd:
        end_frame_seen_ = true;
        answer_->end = client_.ParseEndFrame(payload, {SIZE_MAX, SIZE_MAX});
        return;
      case FrameKind::kCompressedEnd:
      case FrameKind::kInvalid:
        Fault("a frame has invalid flags");
        return;
    }
  }

  void ReadEnd(const wire::OutgoingBody& body, protocol::HasBody has_body,
               const std::optional<protocol::RpcEnd>& head_end) {
    if (end_frame_seen_) {
      if (head_end.has_value()) Fault("head and body both have an end");
      return;
    }
    if (head_end.has_value() && (has_body == protocol::HasBody::kYes || !body.trailers.empty())) {
      return Fault("something follows an end in the head");
    }
    const bool has_end = head_end.has_value() || !body.trailers.empty();
    if (!has_end) return Fault("there is no end");
    answer_->end = client_.ParseTrailers(body.trailers, has_body, head_end);
  }

  void AddMessage(std::string_view bytes, bool compressed) {
    std::string message(bytes);
    if (compressed) {
      const Compressor* compressor = compressions_.Find(meta_.content_encoding);
      if (compressor == nullptr) return Fault("a message is compressed and no encoding named");
      if (compressor->Decompress(bytes, kMaxMessageBytes, &message) != DecompressResult::kOk) {
        return Fault("a message cannot be decompressed");
      }
    }
    answer_->messages.push_back(std::move(message));
  }

  const protocol::ClientProtocol& client_;
  const protocol::RequestMeta& request_;
  const codec::CompressionRegistry& compressions_;
  CallAnswer* const answer_;
  protocol::ResponseMeta meta_;
  bool end_frame_seen_ = false;
};

}  // namespace

CallAnswer ReadCallAnswer(const protocol::RequestMeta& request, const wire::ResponseHead& head,
                          const wire::OutgoingBody& body, std::string_view bytes,
                          const codec::CompressionRegistry& compressions) {
  CallAnswer answer;
  // A client reads the form that it asked for.
  protocol::RequestMeta asked = request;
  asked.framing = request.response_framing;
  AnswerReader(asked, compressions, &answer).Read(head, body, bytes);
  return answer;
}

}  // namespace connectrpc::test
