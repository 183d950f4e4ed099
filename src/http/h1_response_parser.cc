#include "http/h1_response_parser.h"

#include "http/h1_beast_engine.h"

namespace connectrpc::http {
namespace {

constexpr std::string_view kStart = "HTTP/1.";
constexpr std::string_view kNotHttp1 = "the response is not valid HTTP/1.1";

}  // namespace

// Keeps Beast out of the header.
class H1ResponseParser::Engine {
 public:
  H1BeastEngine<H1ResponseHeadBuilder> beast;
};

H1ResponseParser::H1ResponseParser(const ClientSessionLimits& limits)
    : limits_(limits), engine_(std::make_unique<Engine>()), head_scanner_(limits_), body_(limits_) {}

H1ResponseParser::~H1ResponseParser() = default;

void H1ResponseParser::Expect(bool to_head_request) {
  to_head_request_ = to_head_request;
  head_scanner_ = HeadScanner(limits_);
  pending_.Recycle();
  info_ = H1ResponseInfo();
  body_.Reset();
}

wire::DecodeStatus H1ResponseParser::ReadHead(std::string_view* input, wire::ResponseHead* head, HeaderList* trailers) {
  std::string_view rest = *input;
  const ScanStatus scanned = head_scanner_.Scan(&rest);
  const std::string_view part = pending_.Take(input, rest, scanned);
  switch (scanned) {
    case ScanStatus::kNeedMore:
      // Something else altogether is told at once: it may never send a line end.
      if (part.substr(0, kStart.size()) != kStart.substr(0, part.size())) return Fail({kNotHttp1});
      return wire::DecodeStatus::kNeedMore;
    case ScanStatus::kMalformed:
      return Fail({kNotHttp1});
    case ScanStatus::kLineTooLong:
    case ScanStatus::kFieldsTooLarge:
      return Fail({"the response's header is too large", true});
    case ScanStatus::kDone:
      break;
  }
  H1BeastEngine<H1ResponseHeadBuilder>& engine = engine_->beast;
  engine.Begin(H1ResponseHeadBuilder(limits_, to_head_request_, head, &info_, trailers), to_head_request_);
  if (!engine.Put(part)) {
    return Fail(engine.refusal() == H1Refusal() ? H1Refusal{kNotHttp1} : engine.refusal());
  }
  pending_.Clear();
  // Both have read the same bytes; if they disagree on whether a body follows, neither is to be believed.
  if (engine.is_done() == has_body()) return Fail({"the length of the response is ambiguous"});
  switch (info_.body) {
    case H1ResponseInfo::Body::kNone:
      body_.BeginNone();
      break;
    case H1ResponseInfo::Body::kLength:
      body_.BeginLength(info_.content_length);
      break;
    case H1ResponseInfo::Body::kChunked:
      body_.BeginChunked();
      break;
    case H1ResponseInfo::Body::kUntilClose:
      body_.BeginUntilClose();
      break;
  }
  return wire::DecodeStatus::kDone;
}

wire::DecodeStatus H1ResponseParser::ReadBody(std::string_view* input, std::string_view* piece) {
  const wire::DecodeStatus status = body_.Read(&engine_->beast, input, piece);
  if (status != wire::DecodeStatus::kError) return status;
  if (body_.trailers_too_large()) return Fail({"the response's trailers are too large", true});
  if (!(engine_->beast.refusal() == H1Refusal())) return Fail(engine_->beast.refusal());
  return Fail({"the body of the response is not valid HTTP/1.1"});
}

wire::DecodeStatus H1ResponseParser::Fail(H1Refusal refusal) {
  refusal_ = refusal;
  pending_.Free();
  return wire::DecodeStatus::kError;
}

}  // namespace connectrpc::http
