#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "connectrpc/observers.h"
#include "wire/text.h"

namespace connectrpc {
namespace {

constexpr size_t kMaxText = 256;

// RFC 3339, UTC, with milliseconds.
std::string FormatTime(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time - std::chrono::system_clock::from_time_t(seconds));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 80> text;
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(milliseconds.count()));
  return text.data();
}

void AppendText(std::string_view name, std::string_view value, std::string* line) {
  line->append("\"").append(name).append("\":");
  wire::AppendJsonString(value.substr(0, kMaxText), line);
  line->append(",");
}

void AppendNumber(std::string_view name, uint64_t value, std::string* line) {
  line->append("\"").append(name).append("\":").append(std::to_string(value)).append(",");
}

}  // namespace

AccessLog::AccessLog(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

void AccessLog::OnCallEnd(const CallHead& head, const CallSummary& summary) {
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(summary.end - summary.start);
  std::string line = "{";
  AppendText("time", FormatTime(std::chrono::system_clock::now()), &line);
  AppendText("method", head.method, &line);
  AppendText("protocol", ProtocolName(head.protocol), &line);
  AppendText("codec", head.codec, &line);
  AppendText("peer", head.peer, &line);
  AppendText("code", CodeName(summary.code), &line);
  if (summary.code != Code::kOk) AppendText("message", summary.error_message, &line);
  AppendNumber("duration_us", static_cast<uint64_t>(duration.count()), &line);
  AppendNumber("request_messages", summary.request_messages, &line);
  AppendNumber("request_bytes", summary.request_bytes, &line);
  AppendNumber("response_messages", summary.response_messages, &line);
  AppendNumber("response_bytes", summary.response_bytes, &line);
  line.back() = '}';
  write_(line);
}

}  // namespace connectrpc
