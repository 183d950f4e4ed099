#include "transport/retry_policy.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>

namespace connectrpc::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr wire::TimePoint kStart{std::chrono::hours(1)};

// --- google.rpc.RetryInfo ---

std::string Field(int number, std::string_view bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) + std::string(bytes);
}
// A varint field.
std::string Number(int number, uint64_t value) {
  std::string bytes(1, static_cast<char>(number << 3));
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string RetryInfo(int64_t seconds, int64_t nanos) {
  std::string duration;
  if (seconds != 0) duration += Number(1, static_cast<uint64_t>(seconds));
  if (nanos != 0) duration += Number(2, static_cast<uint64_t>(nanos));
  return Field(1, duration);
}
Error ErrorWith(const std::string& value, const std::string& type = "google.rpc.RetryInfo") {
  Error error(Code::kUnavailable, "busy");
  error.details.push_back({type, value});
  return error;
}

TEST(RetryPolicyTest, RetryInfo) {
  const struct {
    const char* name;
    std::string value;
    std::optional<nanoseconds> expected;
  } kCases[] = {
      {"seconds", RetryInfo(3, 0), seconds(3)},
      {"nanoseconds", RetryInfo(0, 5'000'000), milliseconds(5)},
      {"both", RetryInfo(1, 500'000'000), milliseconds(1'500)},
      {"zero", RetryInfo(0, 0), seconds(0)},
      {"negative seconds", RetryInfo(-1, 0), seconds(0)},
      {"negative nanoseconds", RetryInfo(0, -1), seconds(0)},
      {"the longest duration of protobuf", RetryInfo(315'576'000'000, 999'999'999), wire::Duration::max()},
      {"the longest number", RetryInfo(std::numeric_limits<int64_t>::max(), 0), wire::Duration::max()},
      {"other fields",
       Number(7, 1) + Field(2, "x") + RetryInfo(2, 0) + std::string("\x1d\1\2\3\4\x19\1\2\3\4\5\6\7\x8", 14),
       seconds(2)},
      {"the last one counts", RetryInfo(2, 0) + RetryInfo(4, 0), seconds(4)},
      {"no delay", "", std::nullopt},
      {"delay of another type", Number(1, 5), std::nullopt},
      {"cut off", RetryInfo(300, 0).substr(0, 4), std::nullopt},
      {"cut off inside the duration", Field(1, Number(1, 300).substr(0, 2)), std::nullopt},
      {"endless number", Field(1, std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12)), std::nullopt},
      {"field zero", std::string("\0\1", 2), std::nullopt},
      {"group", std::string("\x0b\x0c", 2), std::nullopt},
      {"longer than there is", std::string("\x0a\x05\x08\x01", 4), std::nullopt},
      {"length of 2^64 - 1", std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11), std::nullopt},
  };
  for (const auto& c : kCases) EXPECT_EQ(RetryInfoDelay(ErrorWith(c.value)), c.expected) << c.name;
  EXPECT_EQ(RetryInfoDelay(Error(Code::kUnavailable, "")), std::nullopt);
  EXPECT_EQ(RetryInfoDelay(ErrorWith(RetryInfo(3, 0), "google.rpc.DebugInfo")), std::nullopt);
}

TEST(RetryPolicyTest, RetryInfoThatIsNoneIsPassedOver) {
  Error error = ErrorWith("\x0a");
  error.details.push_back({"google.rpc.RetryInfo", RetryInfo(3, 0)});
  EXPECT_EQ(RetryInfoDelay(error), seconds(3));
}

// --- The policy ---

RetryPolicy ThreeAttempts() {
  RetryPolicy policy;
  policy.max_attempts = 3;
  return policy;
}

std::optional<wire::Duration> Ask(const RetryPolicy& policy, const FailedAttempt& failed) {
  RetryBudget budget;
  return RetryDelay(policy, failed, 0.5, kStart, &budget);
}

TEST(RetryPolicyTest, NeverByDefault) {
  const Error error(Code::kUnavailable, "");
  EXPECT_EQ(Ask(RetryPolicy(), {Idempotency::kNoSideEffects, 1, &error}), std::nullopt);
}

TEST(RetryPolicyTest, MaxAttempts) {
  const Error error(Code::kUnavailable, "");
  EXPECT_EQ(Ask(ThreeAttempts(), {Idempotency::kIdempotent, 1, &error}), milliseconds(100));
  EXPECT_EQ(Ask(ThreeAttempts(), {Idempotency::kIdempotent, 2, &error}), milliseconds(160));
  EXPECT_EQ(Ask(ThreeAttempts(), {Idempotency::kIdempotent, 3, &error}), std::nullopt);
}

TEST(RetryPolicyTest, IdempotentOnly) {
  const Error error(Code::kUnavailable, "");
  RetryPolicy policy = ThreeAttempts();
  EXPECT_EQ(Ask(policy, {Idempotency::kUnknown, 1, &error}), std::nullopt);
  EXPECT_NE(Ask(policy, {Idempotency::kNoSideEffects, 1, &error}), std::nullopt);
  EXPECT_NE(Ask(policy, {Idempotency::kIdempotent, 1, &error}), std::nullopt);
  policy.idempotent_only = false;
  EXPECT_NE(Ask(policy, {Idempotency::kUnknown, 1, &error}), std::nullopt);
}

TEST(RetryPolicyTest, Codes) {
  RetryPolicy policy = ThreeAttempts();
  policy.codes = {Code::kAborted, Code::kResourceExhausted};
  for (int number = 1; number <= 16; ++number) {
    const Error error(static_cast<Code>(number), "");
    const bool retried = Ask(policy, {Idempotency::kIdempotent, 1, &error}).has_value();
    EXPECT_EQ(retried, number == 8 || number == 10) << number;
  }
  policy.codes.clear();
  const Error error(Code::kUnavailable, "");
  EXPECT_EQ(Ask(policy, {Idempotency::kIdempotent, 1, &error}), std::nullopt);
}

TEST(RetryPolicyTest, BackoffGrowsUpToItsMaximum) {
  const Error error(Code::kUnavailable, "");
  RetryPolicy policy;
  policy.max_attempts = 100;
  policy.initial_backoff = milliseconds(10);
  policy.max_backoff = milliseconds(70);
  policy.multiplier = 3;
  const milliseconds kExpected[] = {milliseconds(10), milliseconds(30), milliseconds(70), milliseconds(70)};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Ask(policy, {Idempotency::kIdempotent, i + 1, &error}), kExpected[i]) << i;
  }
}

TEST(RetryPolicyTest, TheServersWishComesFirst) {
  const Error error = ErrorWith(RetryInfo(20, 0));
  EXPECT_EQ(Ask(ThreeAttempts(), {Idempotency::kIdempotent, 1, &error}), seconds(20));
  // Other rules stay.
  EXPECT_EQ(Ask(ThreeAttempts(), {Idempotency::kIdempotent, 3, &error}), std::nullopt);
  EXPECT_EQ(Ask(ThreeAttempts(), {Idempotency::kUnknown, 1, &error}), std::nullopt);
}

// --- The budget ---

// How many retries there are, one after another.
size_t CountRetries(RetryBudget* budget, double share, wire::TimePoint now) {
  size_t count = 0;
  while (count < 100'000 && budget->TryRetry(share, now)) ++count;
  return count;
}

TEST(RetryBudgetTest, IsAShareOfTheCalls) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.OnCall(kStart);
  EXPECT_EQ(CountRetries(&budget, 0.2, kStart), 200u);
  for (int i = 0; i < 4; ++i) budget.OnCall(kStart);
  EXPECT_EQ(CountRetries(&budget, 0.2, kStart), 0u);
  budget.OnCall(kStart);
  EXPECT_EQ(CountRetries(&budget, 0.2, kStart), 1u);
}

TEST(RetryBudgetTest, AFewAreFree) {
  RetryBudget budget;
  budget.OnCall(kStart);
  EXPECT_EQ(CountRetries(&budget, 0.01, kStart), RetryBudget::kFree);
}

TEST(RetryBudgetTest, AShareOfZeroPermitsNone) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.OnCall(kStart);
  EXPECT_EQ(CountRetries(&budget, 0, kStart), 0u);
}

TEST(RetryBudgetTest, ForgetsWhatIsOld) {
  RetryBudget budget;
  for (int i = 0; i < 100; ++i) budget.OnCall(kStart);
  EXPECT_EQ(CountRetries(&budget, 0.5, kStart), 50u);
  // Still in mind one period later, not two.
  EXPECT_EQ(CountRetries(&budget, 0.5, kStart + RetryBudget::kPeriod), 0u);
  EXPECT_EQ(CountRetries(&budget, 0.5, kStart + 2 * RetryBudget::kPeriod), RetryBudget::kFree);
  // Long afterwards as well.
  EXPECT_EQ(CountRetries(&budget, 0.5, kStart + 100 * RetryBudget::kPeriod), RetryBudget::kFree);
}

TEST(RetryBudgetTest, IsAskedLast) {
  RetryBudget budget;
  const Error error(Code::kInternal, "");
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(RetryDelay(ThreeAttempts(), {Idempotency::kIdempotent, 1, &error}, 0.5, kStart, &budget), std::nullopt);
  }
  EXPECT_EQ(CountRetries(&budget, 0.2, kStart), RetryBudget::kFree);
  const Error retriable(Code::kUnavailable, "");
  EXPECT_EQ(RetryDelay(ThreeAttempts(), {Idempotency::kIdempotent, 1, &retriable}, 0.5, kStart, &budget), std::nullopt);
}

}  // namespace
}  // namespace connectrpc::transport
