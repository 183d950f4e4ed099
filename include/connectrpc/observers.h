#ifndef CONNECTRPC_OBSERVERS_H_
#define CONNECTRPC_OBSERVERS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "connectrpc/interceptor.h"
#include "connectrpc/server.h"

namespace connectrpc {

// Counts calls, and prints the counts as Prometheus reads them
// (https://prometheus.io/docs/instrumenting/exposition_formats). Thread-safe; counting takes no lock.
//
//   connectrpc_calls_total{method,protocol,code}
//   connectrpc_call_duration_seconds{method,protocol}, a histogram: from the head to the end of the answer
//   connectrpc_request_messages_total, connectrpc_response_messages_total,
//   connectrpc_request_bytes_total, connectrpc_response_bytes_total{method,protocol}: as they travelled
//
// There are as many series as methods are offered: callers cannot add any.
class Metrics final : public CallObserver {
 public:
  Metrics();
  ~Metrics() override;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void OnCallEnd(const CallHead& head, const CallSummary& summary) override;

  // The text, of content type kContentType.
  std::string Text() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

// What a server holds, in the same format: to be appended to Metrics::Text.
std::string MetricsText(const ServerStats& stats);

// Gives one line of JSON for each call, without a line end:
//
//   {"time":"2026-01-02T03:04:05.678Z","method":"greet.v1.GreetService/Greet","protocol":"connect","codec":"json",
//    "peer":"ipv4:192.0.2.1:5000","code":"not_found","message":"...","duration_us":1234,
//    "request_messages":1,"request_bytes":17,"response_messages":0,"response_bytes":0}
//
// "message" is there for errors only. Text of callers is escaped, and cut at 256 bytes.
class AccessLog final : public CallObserver {
 public:
  // `write` is called on the threads of all loops at once, and must not block for long.
  explicit AccessLog(std::function<void(std::string_view line)> write);

  void OnCallEnd(const CallHead& head, const CallSummary& summary) override;

 private:
  const std::function<void(std::string_view)> write_;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_OBSERVERS_H_
