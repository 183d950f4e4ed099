#include "bench/servers/payloads.h"

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace connectrpc::bench {

using ::bench::v1::BenchRequest;
using ::bench::v1::LogRecord;
using ::bench::v1::LogRequest;
using ::bench::v1::Payload;

std::string EchoText(size_t size) {
  constexpr std::string_view kText = "lorem ipsum dolor sit amet, consectetur adipiscing elit sed do e";
  std::string text;
  text.reserve(size + kText.size());
  while (text.size() < size) text += kText;
  text.resize(size);
  return text;
}

::bench::v1::EchoRequest Echo(size_t size) {
  ::bench::v1::EchoRequest request;
  request.set_message(EchoText(size));
  return request;
}

BenchRequest Small(int response_count) {
  BenchRequest request;
  request.set_response_count(response_count);
  Payload& payload = *request.mutable_payload();
  payload.set_id(42);
  payload.set_timestamp_nanos(1'700'000'000'000'000'000);
  payload.set_latitude(37.7749);
  payload.set_longitude(-122.4194);
  payload.set_active(true);
  payload.set_trace_id(0xDEADBEEFCAFEBABE);
  payload.set_name("benchmark-item");
  payload.set_description("A realistic benchmark payload for testing");
  payload.set_region("us-west-2");
  payload.set_status(::bench::v1::STATUS_ACTIVE);
  ::bench::v1::Metadata& metadata = *payload.mutable_metadata();
  metadata.set_request_id("req-abc-123-def-456");
  metadata.set_user_agent("connectrpc-rs/bench/1.0");
  metadata.set_created_at(1'700'000'000);
  (*metadata.mutable_headers())["x-request-id"] = "abc123";
  (*metadata.mutable_headers())["authorization"] = "Bearer tok";
  for (const int score : {95, 87, 73, 91, 88}) payload.add_scores(score);
  for (const char* tag : {"benchmark", "rust", "connect"}) payload.add_tags(tag);
  for (int i = 0; i < 5; ++i) (*payload.mutable_attributes())[absl::StrCat("key-", i)] = absl::StrCat("value-", i);
  return request;
}

BenchRequest Large() {
  BenchRequest request;
  Payload& payload = *request.mutable_payload();
  payload.set_id(999'999);
  payload.set_timestamp_nanos(1'700'000'000'000'000'000);
  payload.set_latitude(37.774929);
  payload.set_longitude(-122.419416);
  payload.set_active(true);
  payload.set_trace_id(0xFFFFFFFFFFFFFFFF);
  payload.set_name("large-benchmark-payload-with-a-longer-name-for-realistic-sizing-test-scenario");
  payload.set_description(std::string(200, 'A'));
  payload.set_region("us-west-2-extra-long-region-identifier");
  payload.set_data(std::string(1024 * 1024, '\xAB'));
  payload.set_status(::bench::v1::STATUS_PENDING);
  ::bench::v1::Metadata& metadata = *payload.mutable_metadata();
  metadata.set_request_id("req-large-payload-benchmark-test-identifier-12345");
  metadata.set_user_agent("connectrpc-rs/bench/1.0 (large payload test suite)");
  metadata.set_created_at(1'700'000'000);
  for (int i = 0; i < 20; ++i) {
    (*metadata.mutable_headers())[absl::StrFormat("x-header-%03d", i)] = absl::StrFormat("header-value-%03d", i);
    payload.add_tags(absl::StrFormat("tag-%03d-benchmark", i));
  }
  for (int i = 0; i < 100; ++i) payload.add_scores(i);
  for (int i = 0; i < 50; ++i) {
    (*payload.mutable_attributes())[absl::StrFormat("attribute-key-%03d", i)] =
        absl::StrFormat("attribute-value-%03d-with-some-extra-content", i);
  }
  return request;
}

BenchRequest LargeText() {
  constexpr const char* kWords[] = {
      "lorem",        "ipsum",   "dolor",   "sit",    "amet",       "consectetur", "adipiscing", "elit",
      "sed",          "do",      "eiusmod", "tempor", "incididunt", "ut",          "labore",     "et",
      "dolore",       "magna",   "aliqua",  "enim",   "minim",      "veniam",      "quis",       "nostrud",
      "exercitation", "ullamco", "laboris", "nisi",   "aliquip",    "ex",          "ea",         "commodo"};
  constexpr size_t kSize = 1 << 20;
  BenchRequest request;
  std::string& text = *request.mutable_payload()->mutable_data();
  text.reserve(kSize + 16);
  std::minstd_rand random(1);
  while (text.size() < kSize) absl::StrAppend(&text, kWords[random() / 7 % std::size(kWords)], " ");
  text.resize(kSize);
  return request;
}

LogRequest Logs(int records) {
  LogRequest request;
  for (int i = 0; i < records; ++i) {
    LogRecord& record = *request.add_records();
    record.set_timestamp_nanos(1'700'000'000'000'000'000 + i);
    record.set_service_name("api-gateway");
    record.set_instance_id(absl::StrFormat("instance-%04x", i));
    record.set_severity(LogRecord::SEVERITY_INFO);
    record.set_message(
        absl::StrFormat("Processing request from client %d: GET /api/v1/users?page=%d&limit=50 completed in %dms with "
                        "status 200 OK",
                        i, i % 100, 42 + i % 200));
    for (int j = 0; j < 6; ++j) {
      (*record.mutable_labels())[absl::StrCat("label-key-", j)] = absl::StrCat("label-value-", i, "-", j);
    }
    record.set_trace_id(absl::StrFormat("%032x", uint64_t{0xDEADBEEF00000000} + i));
    record.set_span_id(absl::StrFormat("%016x", uint64_t{0xCAFE0000} + i));
    ::bench::v1::LogSource& source = *record.mutable_source();
    source.set_file(absl::StrFormat("src/handlers/user_%d.rs", i % 10));
    source.set_line(42 + i % 500);
    source.set_function(absl::StrFormat("handle_get_users_%d", i % 5));
  }
  return request;
}

bool PayloadsAreRight() {
  const struct {
    const char* name;
    size_t size;
    size_t expected;
  } kPayloads[] = {
      {"echo", Echo().ByteSizeLong(), 66},        {"small", Small().ByteSizeLong(), 346},
      {"small10", Small(10).ByteSizeLong(), 348}, {"large", Large().ByteSizeLong(), 1'053'525},
      {"logs10", Logs(10).ByteSizeLong(), 4'410}, {"logs50", Logs(50).ByteSizeLong(), 22'370},
  };
  bool right = true;
  for (const auto& payload : kPayloads) {
    if (payload.size == payload.expected) continue;
    std::cerr << "payload " << payload.name << " has " << payload.size << " bytes instead of " << payload.expected
              << std::endl;
    right = false;
  }
  return right;
}

}  // namespace connectrpc::bench
