#include "http/h1_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

namespace connectrpc::http {
namespace {

namespace beast = boost::beast;

constexpr int kBadRequest = 400;

std::string_view View(beast::string_view text) {
  return {text.data(), text.size()};
}

// In a quoted string the parser takes any byte (RFC 9110 section 5.6.4 does not).
bool HasControlCharacter(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return true;
  }
  return false;
}

}  // namespace

// One request in Beast's parser. It is given whole parts only, so it never has to ask for more.
class H1Parser::Engine {
 public:
  void Begin(size_t max_list_bytes, wire::RequestHead* head, H1Control* control) {
    parser_.emplace(H1HeadBuilder(max_list_bytes, head, control));
  }

  // False if the parser refuses the bytes, or did not take all of them.
  bool Put(std::string_view bytes) {
    // Beast's containers report oversized input by std::length_error; this parser has none of them, but whatever
    // escapes is the fault of the input.
    try {
      beast::error_code error;
      const size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
      bad_request_line_ = error == beast::http::error::bad_version;
      return !error && taken == bytes.size();
    } catch (...) {
      return false;
    }
  }

  bool is_done() const { return parser_->is_done(); }
  // After Put has failed.
  bool bad_request_line() const { return bad_request_line_; }
  int refusal() const { return parser_->refusal; }
  // Of the chunk line that was put last.
  uint64_t chunk_size() const { return parser_->chunk_size; }
  std::string_view chunk_extension() const { return parser_->chunk_extension; }

 private:
  class Parser final : public beast::http::basic_parser<true> {
   public:
    explicit Parser(H1HeadBuilder head_builder) : builder(head_builder) {
      // Sizes are limited before the parser sees the bytes. (No limit at all would not do: 1.74 takes boost::none for
      // less than every length.)
      header_limit(std::numeric_limits<uint32_t>::max());
      body_limit(std::numeric_limits<uint64_t>::max());
    }

    H1HeadBuilder builder;
    int refusal = 0;
    uint64_t chunk_size = 0;
    std::string_view chunk_extension;

   private:
    void Refuse(int status, beast::error_code& error) {
      if (status == 0) return;
      refusal = status;
      error = beast::http::error::bad_value;
    }

    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         beast::error_code& error) override {
      Refuse(builder.OnRequestLine(View(method), View(target), version), error);
    }
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       beast::error_code& error) override {
      // Trailer fields come here as well. Being well formed is all that is asked of them.
      if (!is_header_done()) Refuse(builder.OnField(View(name), View(value)), error);
    }
    void on_header_impl(beast::error_code& error) override { Refuse(builder.OnEnd(), error); }
    void on_body_init_impl(const boost::optional<uint64_t>&, beast::error_code&) override {}
    size_t on_body_impl(beast::string_view body, beast::error_code&) override { return body.size(); }
    void on_chunk_header_impl(uint64_t size, beast::string_view extensions, beast::error_code&) override {
      chunk_size = size;
      chunk_extension = View(extensions);
    }
    size_t on_chunk_body_impl(uint64_t, beast::string_view body, beast::error_code&) override { return body.size(); }
    void on_finish_impl(beast::error_code&) override {}
  };

  std::optional<Parser> parser_;
  bool bad_request_line_ = false;
};

H1Parser::H1Parser(const SessionLimits& limits)
    : limits_(limits), engine_(std::make_unique<Engine>()), head_scanner_(limits_), chunk_scanner_(limits_) {}

H1Parser::~H1Parser() = default;

void H1Parser::NextRequest() {
  part_ = Part::kHead;
  head_scanner_ = HeadScanner(limits_);
  chunk_scanner_ = ChunkLineScanner(limits_);
  // An idle connection shall not hold the memory of its largest head.
  if (pending_.capacity() > 1024) pending_ = std::string();
  pending_.clear();
  control_ = H1Control();
  body_left_ = 0;
  extension_bytes_ = 0;
}

wire::DecodeStatus H1Parser::ReadHead(std::string_view* input, wire::RequestHead* head) {
  std::string_view rest = *input;
  const ScanStatus scanned = head_scanner_.Scan(&rest);
  const std::string_view part = TakeScanned(input, rest, scanned);
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
  engine_->Begin(limits_.max_header_list_bytes, head, &control_);
  if (!engine_->Put(part)) {
    if (engine_->refusal() != 0) return Fail(engine_->refusal());
    return Fail(engine_->bad_request_line() ? StatusOfBadRequestLine(part.substr(0, part.find('\r'))) : kBadRequest);
  }
  pending_.clear();
  // Both have read the same bytes; if they disagree on whether a body follows, neither is to be believed.
  if (engine_->is_done() == has_body()) return Fail(kBadRequest);
  part_ = !has_body() ? Part::kEnd : control_.chunked ? Part::kChunkLine : Part::kFixedBody;
  body_left_ = control_.content_length;
  return wire::DecodeStatus::kDone;
}

wire::DecodeStatus H1Parser::ReadBody(std::string_view* input, std::string_view* piece) {
  *piece = {};
  if (input->empty()) return wire::DecodeStatus::kNeedMore;
  if (part_ == Part::kChunkLine) return ReadChunkLine(input);
  const std::string_view data = input->substr(0, static_cast<size_t>(std::min<uint64_t>(body_left_, input->size())));
  if (!engine_->Put(data)) return Fail(kBadRequest);
  input->remove_prefix(data.size());
  body_left_ -= data.size();
  *piece = data;
  if (body_left_ > 0) return wire::DecodeStatus::kNeedMore;
  if (part_ == Part::kChunkData) {
    part_ = Part::kChunkLine;
    return wire::DecodeStatus::kNeedMore;
  }
  part_ = Part::kEnd;
  return engine_->is_done() ? wire::DecodeStatus::kDone : Fail(kBadRequest);
}

wire::DecodeStatus H1Parser::ReadChunkLine(std::string_view* input) {
  std::string_view rest = *input;
  const ScanStatus scanned = chunk_scanner_.Scan(&rest);
  const std::string_view part = TakeScanned(input, rest, scanned);
  if (scanned == ScanStatus::kNeedMore) return wire::DecodeStatus::kNeedMore;
  if (scanned != ScanStatus::kDone || !engine_->Put(part)) return Fail(kBadRequest);
  const std::string_view extension = engine_->chunk_extension();
  extension_bytes_ += extension.size();
  if (extension.size() > kMaxChunkExtensionBytes || extension_bytes_ > kMaxBodyExtensionBytes ||
      HasControlCharacter(extension)) {
    return Fail(kBadRequest);
  }
  pending_.clear();
  body_left_ = engine_->chunk_size();
  part_ = body_left_ > 0 ? Part::kChunkData : Part::kEnd;
  if (engine_->is_done() != (part_ == Part::kEnd)) return Fail(kBadRequest);
  return part_ == Part::kEnd ? wire::DecodeStatus::kDone : wire::DecodeStatus::kNeedMore;
}

std::optional<uint64_t> H1Parser::remaining() const {
  if (part_ == Part::kEnd) return 0;
  if (part_ == Part::kFixedBody) return body_left_;
  return std::nullopt;
}

std::string_view H1Parser::TakeScanned(std::string_view* input, std::string_view rest, ScanStatus status) {
  const std::string_view scanned = input->substr(0, input->size() - rest.size());
  *input = rest;
  if (pending_.empty() && status != ScanStatus::kNeedMore) return scanned;
  pending_.append(scanned);
  return pending_;
}

wire::DecodeStatus H1Parser::Fail(int status) {
  error_status_ = status;
  pending_ = std::string();
  return wire::DecodeStatus::kError;
}

}  // namespace connectrpc::http
