#include "transport/retry_policy.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "transport/backoff.h"

namespace connectrpc::transport {
namespace {

// Enough of protobuf's wire format for a message of two integers inside another one. This layer does without protobuf.
class FieldReader final {
 public:
  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}

  // False at the end, or where the bytes are no message: see failed.
  bool Next() {
    if (bytes_.empty() || failed_) return false;
    const uint64_t tag = Varint();
    number_ = tag >> 3;
    value_ = 0;
    text_ = {};
    is_text_ = (tag & 7) == 2;
    switch (tag & 7) {
      case 0:
        value_ = Varint();
        break;
      case 1:
        text_ = Take(8);
        break;
      case 2:
        text_ = Take(Varint());
        break;
      case 5:
        text_ = Take(4);
        break;
      default:
        failed_ = true;
    }
    if (number_ == 0) failed_ = true;
    return !failed_;
  }
  bool failed() const { return failed_; }
  uint64_t number() const { return number_; }
  // As the field's type demands; zero or empty otherwise.
  int64_t value() const { return static_cast<int64_t>(value_); }
  std::string_view text() const { return text_; }
  bool is_text() const { return is_text_; }

 private:
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 70 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }
  std::string_view Take(uint64_t size) {
    if (size > bytes_.size()) failed_ = true;
    const std::string_view taken = bytes_.substr(0, failed_ ? 0 : size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view bytes_;
  bool failed_ = false;
  uint64_t number_ = 0;
  uint64_t value_ = 0;
  std::string_view text_;
  bool is_text_ = false;
};

// message Duration { int64 seconds = 1; int32 nanos = 2; }
std::optional<wire::Duration> ParseDuration(std::string_view bytes) {
  int64_t seconds = 0;
  int64_t nanos = 0;
  FieldReader reader(bytes);
  while (reader.Next()) {
    if (reader.number() == 1) seconds = reader.value();
    if (reader.number() == 2) nanos = static_cast<int32_t>(reader.value());
  }
  if (reader.failed()) return std::nullopt;
  if (seconds < 0 || nanos < 0) return wire::Duration(0);
  constexpr int64_t kMaxSeconds = std::chrono::duration_cast<std::chrono::seconds>(wire::Duration::max()).count();
  // With room for the nanoseconds, which are below 2^31.
  if (seconds > kMaxSeconds - 3) return wire::Duration::max();
  return std::chrono::seconds(seconds) + wire::Duration(nanos);
}

}  // namespace

void RetryBudget::Advance(wire::TimePoint now) {
  if (now < period_end_) return;
  // After a long pause both periods are over.
  previous_ = now - period_end_ < kPeriod ? current_ : Counts();
  current_ = Counts();
  period_end_ = now + kPeriod;
}

void RetryBudget::OnCall(wire::TimePoint now) {
  Advance(now);
  ++current_.calls;
}

bool RetryBudget::TryRetry(double share, wire::TimePoint now) {
  Advance(now);
  if (share <= 0) return false;
  const size_t retries = current_.retries + previous_.retries;
  const size_t calls = current_.calls + previous_.calls;
  if (retries >= kFree && static_cast<double>(retries + 1) > share * static_cast<double>(calls)) return false;
  ++current_.retries;
  return true;
}

std::optional<wire::Duration> RetryInfoDelay(const Error& error) {
  for (const ErrorDetail& detail : error.details) {
    if (detail.type != "google.rpc.RetryInfo") continue;
    // message RetryInfo { google.protobuf.Duration retry_delay = 1; }
    std::optional<wire::Duration> delay;
    FieldReader reader(detail.value);
    while (reader.Next()) {
      if (reader.number() == 1 && reader.is_text()) delay = ParseDuration(reader.text());
    }
    if (!reader.failed() && delay) return delay;
  }
  return std::nullopt;
}

std::optional<wire::Duration> RetryDelay(const RetryPolicy& policy, const FailedAttempt& failed, double random,
                                         wire::TimePoint now, RetryBudget* budget) {
  if (failed.attempts >= policy.max_attempts) return std::nullopt;
  if (policy.idempotent_only && failed.idempotency == Idempotency::kUnknown) return std::nullopt;
  if (std::find(policy.codes.begin(), policy.codes.end(), failed.error->code) == policy.codes.end()) {
    return std::nullopt;
  }
  if (!budget->TryRetry(policy.budget, now)) return std::nullopt;
  if (const std::optional<wire::Duration> wish = RetryInfoDelay(*failed.error)) return wish;
  return BackoffDelay({policy.initial_backoff, policy.max_backoff, policy.multiplier}, failed.attempts, random);
}

}  // namespace connectrpc::transport
