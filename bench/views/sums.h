#ifndef CONNECTRPC_BENCH_VIEWS_SUMS_H_
#define CONNECTRPC_BENCH_VIEWS_SUMS_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

// Reads every field of a message of datasets.proto, be it protobuf's class or a view, and adds up what it finds:
// numbers as 64 bits, the bits of floating-point ones, lengths of strings, 1 for what is optional and there. The
// programs in other languages do the same.
namespace connectrpc::bench {

inline uint64_t Sum(std::string_view text) {
  return text.size();
}
inline uint64_t Sum(const std::string& text) {
  return text.size();
}
inline uint64_t Sum(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
inline uint64_t Sum(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
template <class T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>, int> = 0>
uint64_t Sum(T value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value));
}

template <class Repeated>
uint64_t SumEach(const Repeated& values) {
  uint64_t sum = 0;
  for (const auto& value : values) sum += Sum(value);
  return sum;
}
template <class Map>
uint64_t SumEntries(const Map& map) {
  uint64_t sum = 0;
  for (const auto& [key, value] : map) sum += Sum(key) + Sum(value);
  return sum;
}

template <class Message>
uint64_t SumApiResponse(const Message& m) {
  uint64_t sum = Sum(m.request_id()) + Sum(m.status_code()) + Sum(m.message()) + Sum(m.latency_ms()) + Sum(m.cached());
  if (m.has_trace_id()) sum += 1 + Sum(m.trace_id());
  if (m.has_retry_after_ms()) sum += 1 + Sum(m.retry_after_ms());
  return sum + SumEach(m.tags());
}

template <class Message>
uint64_t SumLogRecord(const Message& m) {
  uint64_t sum = Sum(m.timestamp_nanos()) + Sum(m.service_name()) + Sum(m.instance_id()) + Sum(m.severity()) +
                 Sum(m.message()) + SumEntries(m.labels()) + Sum(m.trace_id()) + Sum(m.span_id());
  if (!m.has_source()) return sum;
  return sum + 1 + Sum(m.source().file()) + Sum(m.source().line()) + Sum(m.source().function());
}

template <class Property>
uint64_t SumProperty(const Property& m) {
  switch (m.value_case()) {
    case 2:
      return Sum(m.key()) + 1 + Sum(m.string_value());
    case 3:
      return Sum(m.key()) + 1 + Sum(m.int_value());
    case 4:
      return Sum(m.key()) + 1 + Sum(m.double_value());
    case 5:
      return Sum(m.key()) + 1 + Sum(m.bool_value());
    default:
      return Sum(m.key());
  }
}

template <class Nested>
uint64_t SumNested(const Nested& m) {
  uint64_t sum = Sum(m.name());
  for (const auto& attribute : m.attributes()) sum += SumProperty(attribute);
  for (const auto& child : m.children()) sum += SumNested(child);
  return sum;
}

template <class Message>
uint64_t SumAnalyticsEvent(const Message& m) {
  uint64_t sum = Sum(m.event_id()) + Sum(m.timestamp()) + Sum(m.user_id());
  for (const auto& property : m.properties()) sum += SumProperty(property);
  for (const auto& section : m.sections()) sum += SumNested(section);
  return sum;
}

template <class Message>
uint64_t SumMediaFrame(const Message& m) {
  return Sum(m.frame_id()) + Sum(m.timestamp_nanos()) + Sum(m.content_type()) + Sum(m.body()) + SumEach(m.chunks()) +
         SumEntries(m.attachments());
}

template <class Message>
uint64_t SumPackedTile(const Message& m) {
  uint64_t sum = SumEach(m.checksums());
  for (const auto& cell : m.cells()) {
    sum += Sum(cell.id()) + SumEach(cell.geometry()) + SumEach(cell.samples()) + SumEach(cell.positions());
  }
  return sum;
}

template <class Message>
uint64_t SumPackedSigned(const Message& m) {
  return SumEach(m.deltas()) + SumEach(m.wide_deltas());
}

template <class Vertex>
uint64_t SumVertex(const Vertex& m) {
  return 1 + Sum(m.px()) + Sum(m.py()) + Sum(m.pz());
}

template <class Message>
uint64_t SumTriMesh(const Message& m) {
  uint64_t sum = 0;
  for (const auto& face : m.faces()) {
    if (face.has_a()) sum += SumVertex(face.a());
    if (face.has_b()) sum += SumVertex(face.b());
    if (face.has_c()) sum += SumVertex(face.c());
    if (face.has_n()) sum += SumVertex(face.n());
  }
  return sum;
}

template <class Message>
uint64_t SumColumnBatch(const Message& m) {
  return SumEach(m.symbol_dict()) + SumEach(m.symbol_ids()) + SumEach(m.timestamps()) + SumEach(m.values()) +
         SumEach(m.weights());
}

template <class SubMessage>
uint64_t SumSubMessage(const SubMessage& m) {
  return Sum(m.field1()) + Sum(m.field2()) + Sum(m.field3()) + Sum(m.field12()) + Sum(m.field13()) + Sum(m.field14()) +
         Sum(m.field15()) + Sum(m.field16()) + Sum(m.field19()) + Sum(m.field20()) + Sum(m.field21()) +
         Sum(m.field22()) + Sum(m.field23()) + Sum(m.field28()) + Sum(m.field203()) + Sum(m.field204()) +
         Sum(m.field205()) + Sum(m.field206()) + Sum(m.field207()) + Sum(m.field300());
}

template <class Message>
uint64_t SumGoogleMessage1(const Message& m) {
  uint64_t sum = Sum(m.field1()) + Sum(m.field2()) + Sum(m.field3()) + Sum(m.field4()) + SumEach(m.field5()) +
                 Sum(m.field6()) + Sum(m.field7()) + Sum(m.field9()) + Sum(m.field12()) + Sum(m.field13()) +
                 Sum(m.field14()) + Sum(m.field16()) + Sum(m.field17()) + Sum(m.field18()) + Sum(m.field22()) +
                 Sum(m.field23()) + Sum(m.field24()) + Sum(m.field25()) + Sum(m.field29()) + Sum(m.field30()) +
                 Sum(m.field59()) + Sum(m.field60()) + Sum(m.field67()) + Sum(m.field68()) + Sum(m.field78()) +
                 Sum(m.field80()) + Sum(m.field81()) + Sum(m.field100()) + Sum(m.field101()) + Sum(m.field102()) +
                 Sum(m.field103()) + Sum(m.field104()) + Sum(m.field128()) + Sum(m.field129()) + Sum(m.field130()) +
                 Sum(m.field131()) + Sum(m.field150()) + Sum(m.field271()) + Sum(m.field272()) + Sum(m.field280());
  return m.has_field15() ? sum + 1 + SumSubMessage(m.field15()) : sum;
}

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_VIEWS_SUMS_H_
