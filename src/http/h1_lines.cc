#include "http/h1_lines.h"

#include <algorithm>
#include <cstdint>

namespace connectrpc::http {
namespace {

// A chunk line is no longer than its digits and its extensions may be.
constexpr size_t kMaxChunkLineBytes = kMaxChunkSizeDigits + kMaxChunkExtensionBytes;

// Leaves room for the sums below where a limit is set to the largest number.
size_t Countable(size_t limit) {
  return std::min(limit, SIZE_MAX / 2);
}

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

LineLimits::LineLimits(const SessionLimits& limits)
    : max_first_line_bytes(Countable(limits.max_request_line_bytes)),
      max_list_bytes(Countable(limits.max_header_list_bytes)),
      max_fields(Countable(limits.max_header_fields)) {}

LineLimits::LineLimits(const ClientSessionLimits& limits)
    : max_first_line_bytes(Countable(limits.max_header_list_bytes)),
      max_list_bytes(max_first_line_bytes),
      max_fields(Countable(limits.max_header_fields)) {}

ScanStatus LineScanner::Scan(std::string_view* input, size_t max_bytes) {
  // An error is reported at the first byte that makes it certain, and nothing behind that byte is looked at: so the
  // outcome is the same for every way in which the input may be cut. A longest line fills the window with its CRLF.
  const std::string_view window = input->substr(0, max_bytes + 2 - taken_);
  const size_t newline = window.find('\n');
  const std::string_view text = window.substr(0, newline);
  if (!text.empty()) {
    const size_t cr = text.find('\r');
    if (after_cr_ || (cr != std::string_view::npos && cr + 1 < text.size())) return ScanStatus::kMalformed;
    after_cr_ = cr != std::string_view::npos;
    if (taken_ == 0) first_byte_ = text.front();
    taken_ += text.size();
    if (taken_ > max_bytes + 1) return ScanStatus::kLineTooLong;
  }
  if (newline == std::string_view::npos) {
    input->remove_prefix(text.size());
    return ScanStatus::kNeedMore;
  }
  if (!after_cr_) return ScanStatus::kMalformed;
  input->remove_prefix(newline + 1);
  line_bytes_ = taken_ - 1;
  taken_ = 0;
  after_cr_ = false;
  return ScanStatus::kDone;
}

FieldLinesScanner::FieldLinesScanner(const LineLimits& limits)
    : max_bytes_(limits.max_list_bytes), max_fields_(limits.max_fields) {}

ScanStatus FieldLinesScanner::Scan(std::string_view* input) {
  for (;;) {
    const ScanStatus status = line_.Scan(input, max_bytes_ - bytes_);
    if (status == ScanStatus::kLineTooLong) return ScanStatus::kFieldsTooLarge;
    if (status != ScanStatus::kDone) return status;
    if (line_.line_bytes() == 0) return ScanStatus::kDone;
    // A line that starts with space continues the one before (obs-fold, RFC 9112 section 5.2), or is no field at all.
    if (line_.first_byte() == ' ' || line_.first_byte() == '\t') return ScanStatus::kMalformed;
    bytes_ += line_.line_bytes() + 2;
    if (++fields_ > max_fields_ || bytes_ > max_bytes_) return ScanStatus::kFieldsTooLarge;
  }
}

HeadScanner::HeadScanner(const LineLimits& limits)
    : max_first_line_bytes_(limits.max_first_line_bytes), fields_(limits) {}

ScanStatus HeadScanner::Scan(std::string_view* input) {
  if (!in_fields_) {
    const ScanStatus status = line_.Scan(input, max_first_line_bytes_);
    if (status != ScanStatus::kDone) return status;
    if (line_.line_bytes() == 0) return ScanStatus::kMalformed;
    in_fields_ = true;
  }
  return fields_.Scan(input);
}

ChunkLineScanner::ChunkLineScanner(const LineLimits& limits) : trailers_(limits) {}

ScanStatus ChunkLineScanner::Scan(std::string_view* input) {
  if (part_ == Part::kDataEnd) {
    const ScanStatus status = line_.Scan(input, 0);
    if (status == ScanStatus::kNeedMore) return status;
    if (status != ScanStatus::kDone) return ScanStatus::kMalformed;
    part_ = Part::kSize;
  }
  if (part_ == Part::kSize) {
    if (!ReadSizeDigits(*input)) return ScanStatus::kMalformed;
    const ScanStatus status = line_.Scan(input, kMaxChunkLineBytes);
    if (status == ScanStatus::kNeedMore) return status;
    if (status != ScanStatus::kDone) return ScanStatus::kMalformed;
    part_ = size_is_zero_ ? Part::kTrailers : Part::kDataEnd;
    digits_ = 0;
    digits_ended_ = false;
    size_is_zero_ = true;
  }
  return part_ == Part::kTrailers ? trailers_.Scan(input) : ScanStatus::kDone;
}

bool ChunkLineScanner::ReadSizeDigits(std::string_view input) {
  for (const char c : input) {
    if (digits_ended_) break;
    if (IsHexDigit(c)) {
      ++digits_;
      size_is_zero_ = size_is_zero_ && c == '0';
    } else {
      digits_ended_ = true;
    }
  }
  return digits_ <= kMaxChunkSizeDigits && (digits_ > 0 || !digits_ended_);
}

}  // namespace connectrpc::http
