#include "http/h1_parser.h"

#include "http/h1_beast_engine.h"

namespace connectrpc::http {
namespace {

constexpr int kBadRequest = 400;

}  // namespace

// Keeps Beast out of the header.
class H1Parser::Engine {
 public:
  H1BeastEngine<H1HeadBuilder> beast;
};

H1Parser::H1Parser(const SessionLimits& limits)
    : limits_(limits), engine_(std::make_unique<Engine>()), head_scanner_(limits_), body_(limits_) {}

H1Parser::~H1Parser() = default;

void H1Parser::NextRequest() {
  head_done_ = false;
  head_scanner_ = HeadScanner(limits_);
  pending_.Recycle();
  control_ = H1Control();
  body_.Reset();
}

wire::DecodeStatus H1Parser::ReadHead(std::string_view* input, wire::RequestHead* head) {
  std::string_view rest = *input;
  const ScanStatus scanned = head_scanner_.Scan(&rest);
  const std::string_view part = pending_.Take(input, rest, scanned);
  switch (scanned) {
    case ScanStatus::kNeedMore:
      return wire::DecodeStatus::kNeedMore;
    case ScanStatus::kMalformed:
      return Fail(kBadRequest);
    case ScanStatus::kLineTooLong:
      return Fail(414);
    case ScanStatus::kFieldsTooLarge:
      return Fail(431);
    case ScanStatus::kDone:
      break;
  }
  H1BeastEngine<H1HeadBuilder>& engine = engine_->beast;
  engine.Begin(H1HeadBuilder(limits_.max_header_list_bytes, head, &control_));
  if (!engine.Put(part)) {
    if (engine.refusal() != 0) return Fail(engine.refusal());
    return Fail(engine.bad_version() ? StatusOfBadRequestLine(part.substr(0, part.find('\r'))) : kBadRequest);
  }
  pending_.Clear();
  // Both have read the same bytes; if they disagree on whether a body follows, neither is to be believed.
  if (engine.is_done() == has_body()) return Fail(kBadRequest);
  head_done_ = true;
  if (!has_body()) {
    body_.BeginNone();
  } else if (control_.chunked) {
    body_.BeginChunked();
  } else {
    body_.BeginLength(control_.content_length);
  }
  return wire::DecodeStatus::kDone;
}

wire::DecodeStatus H1Parser::ReadBody(std::string_view* input, std::string_view* piece) {
  const wire::DecodeStatus status = body_.Read(&engine_->beast, input, piece);
  return status == wire::DecodeStatus::kError ? Fail(kBadRequest) : status;
}

wire::DecodeStatus H1Parser::Fail(int status) {
  error_status_ = status;
  pending_.Free();
  return wire::DecodeStatus::kError;
}

}  // namespace connectrpc::http
