#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/append_only_map.h"
#include "connectrpc/observers.h"

namespace connectrpc {
namespace {

constexpr std::array<Protocol, 3> kProtocols = {Protocol::kConnect, Protocol::kGrpc, Protocol::kGrpcWeb};
constexpr size_t kCodes = 17;
// Upper bounds, in seconds; the last bucket has none.
constexpr std::array<double, 14> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                            0.1,    0.25,  0.5,    1,     2.5,  5,     10};

using Counter = std::atomic<uint64_t>;

void Add(uint64_t count, Counter* counter) {
  counter->fetch_add(count, std::memory_order_relaxed);
}

uint64_t Load(const Counter& counter) {
  return counter.load(std::memory_order_relaxed);
}

// Of one method in one protocol.
struct Series {
  std::array<Counter, kCodes> codes{};
  std::array<Counter, kBounds.size() + 1> durations{};
  Counter nanoseconds{0};
  Counter request_messages{0};
  Counter response_messages{0};
  Counter request_bytes{0};
  Counter response_bytes{0};

  uint64_t calls() const {
    uint64_t sum = 0;
    for (const Counter& counter : codes) sum += Load(counter);
    return sum;
  }
};

struct Method {
  explicit Method(std::string_view method_name) : name(method_name) {}
  const std::string name;
  std::array<Series, kProtocols.size()> protocols;
};

void AppendHeader(std::string_view name, std::string_view type, std::string_view help, std::string* out) {
  out->append("# HELP ").append(name).append(" ").append(help).append("\n");
  out->append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

std::string Number(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return text.data();
}

// Names of methods need no escaping: they are identifiers.
std::string Labels(std::string_view method, Protocol protocol) {
  std::string labels = "method=\"";
  return labels.append(method).append("\",protocol=\"").append(ProtocolName(protocol)).append("\"");
}

void AppendSample(std::string_view name, std::string_view labels, std::string_view value, std::string* out) {
  out->append(name).append("{").append(labels).append("} ").append(value).append("\n");
}

}  // namespace

struct Metrics::Impl {
  // Those that were called at least once, by name.
  template <class F>
  void ForEachSeries(F&& f) const {
    std::vector<Method*> sorted;
    methods.ForEach([&](const std::unique_ptr<Method>& method) { sorted.push_back(method.get()); });
    std::sort(sorted.begin(), sorted.end(), [](const Method* a, const Method* b) { return a->name < b->name; });
    for (const Method* method : sorted) {
      for (const Protocol protocol : kProtocols) {
        const Series& series = method->protocols[static_cast<size_t>(protocol)];
        if (series.calls() > 0) f(Labels(method->name, protocol), series);
      }
    }
  }

  void AppendTotals(std::string_view name, std::string_view help, Counter Series::*counter, std::string* out) const {
    AppendHeader(name, "counter", help, out);
    ForEachSeries([&](const std::string& labels, const Series& series) {
      AppendSample(name, labels, std::to_string(Load(series.*counter)), out);
    });
  }

  void AppendCalls(std::string* out) const;
  void AppendDurations(std::string* out) const;

  codec::AppendOnlyMap<std::string_view, std::unique_ptr<Method>> methods;  // keys lie in the values
};

void Metrics::Impl::AppendCalls(std::string* out) const {
  constexpr std::string_view kName = "connectrpc_calls_total";
  AppendHeader(kName, "counter", "Calls that have ended.", out);
  ForEachSeries([&](const std::string& labels, const Series& series) {
    for (size_t code = 0; code < kCodes; ++code) {
      const uint64_t count = Load(series.codes[code]);
      if (count == 0) continue;
      std::string all = labels;
      all.append(",code=\"").append(CodeName(static_cast<Code>(code))).append("\"");
      AppendSample(kName, all, std::to_string(count), out);
    }
  });
}

void Metrics::Impl::AppendDurations(std::string* out) const {
  const std::string name = "connectrpc_call_duration_seconds";
  AppendHeader(name, "histogram", "From the head of a call to the end of its answer.", out);
  ForEachSeries([&](const std::string& labels, const Series& series) {
    uint64_t sum = 0;
    for (size_t i = 0; i < series.durations.size(); ++i) {
      sum += Load(series.durations[i]);
      const std::string bound = i < kBounds.size() ? Number(kBounds[i]) : "+Inf";
      AppendSample(name + "_bucket", labels + ",le=\"" + bound + "\"", std::to_string(sum), out);
    }
    AppendSample(name + "_sum", labels, Number(static_cast<double>(Load(series.nanoseconds)) / 1e9), out);
    AppendSample(name + "_count", labels, std::to_string(sum), out);
  });
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::OnCallEnd(const CallHead& head, const CallSummary& summary) {
  const std::unique_ptr<Method>* method = impl_->methods.Find(head.method);
  if (method == nullptr) {
    auto added = std::make_unique<Method>(head.method);
    const std::string_view key = added->name;
    method = &impl_->methods.Insert(key, std::move(added));
  }
  Series& series = (*method)->protocols[static_cast<size_t>(head.protocol)];
  const auto duration = summary.end - summary.start;
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin();
  Add(1, &series.codes[static_cast<size_t>(summary.code)]);
  Add(1, &series.durations[static_cast<size_t>(bucket)]);
  Add(static_cast<uint64_t>(std::chrono::nanoseconds(duration).count()), &series.nanoseconds);
  Add(summary.request_messages, &series.request_messages);
  Add(summary.response_messages, &series.response_messages);
  Add(summary.request_bytes, &series.request_bytes);
  Add(summary.response_bytes, &series.response_bytes);
}

std::string Metrics::Text() const {
  std::string text;
  impl_->AppendCalls(&text);
  impl_->AppendDurations(&text);
  impl_->AppendTotals("connectrpc_request_messages_total", "Messages received.", &Series::request_messages, &text);
  impl_->AppendTotals("connectrpc_response_messages_total", "Messages sent.", &Series::response_messages, &text);
  impl_->AppendTotals("connectrpc_request_bytes_total", "Bytes of messages received, as they travelled.",
                      &Series::request_bytes, &text);
  impl_->AppendTotals("connectrpc_response_bytes_total", "Bytes of messages sent, as they travelled.",
                      &Series::response_bytes, &text);
  return text;
}

std::string MetricsText(const ServerStats& stats) {
  const struct {
    std::string_view name, type, help;
    uint64_t value;
  } rows[] = {
      {"connectrpc_connections", "gauge", "Connections open.", stats.connections},
      {"connectrpc_handshakes", "gauge", "TLS handshakes going on.", stats.handshakes},
      {"connectrpc_running_calls", "gauge", "Calls whose handler has not finished.", stats.calls},
      {"connectrpc_handler_threads", "gauge", "Threads that run a sync handler.", stats.handler_threads},
      {"connectrpc_queued_calls", "gauge", "Calls that wait for such a thread.", stats.queued_calls},
      {"connectrpc_buffered_bytes", "gauge", "Request and response bytes held.", stats.buffered_bytes},
      {"connectrpc_connections_accepted_total", "counter", "Connections accepted.", stats.connections_accepted},
      {"connectrpc_connections_refused_total", "counter", "Connections closed at once by a limit.",
       stats.connections_refused},
      {"connectrpc_handshakes_failed_total", "counter", "TLS handshakes that failed.", stats.handshakes_failed},
      {"connectrpc_timeouts_total", "counter", "Connections and calls given up by a timer.", stats.timeouts},
      {"connectrpc_floods_total", "counter", "HTTP/2 connections ended for a flood of frames.", stats.floods},
  };
  std::string text;
  for (const auto& row : rows) {
    AppendHeader(row.name, row.type, row.help, &text);
    text.append(row.name).append(" ").append(std::to_string(row.value)).append("\n");
  }
  return text;
}

}  // namespace connectrpc
