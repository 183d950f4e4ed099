// Writes the messages of each dataset to FOLDER/NAME.bin, each behind its length as a varint, and prints their sizes.
// The same bytes on every machine.
//
// usage: datasets FOLDER

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "bench/views/datasets.pb.h"

namespace {

// Splitmix64: the same numbers everywhere, which std's distributions do not promise.
class Random final {
 public:
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  // Both ends included.
  uint64_t Between(uint64_t least, uint64_t most) { return least + Next() % (most - least + 1); }
  bool Percent(unsigned percent) { return Between(1, 100) <= percent; }
  double Real(double limit) { return static_cast<double>(Next() >> 11) / 9007199254740992.0 * limit; }

  std::string Letters(uint64_t least, uint64_t most) { return Of("abcdefghijklmnopqrstuvwxyz", Between(least, most)); }
  std::string Hex(size_t length) { return Of("0123456789abcdef", length); }
  std::string Bytes(uint64_t least, uint64_t most) {
    std::string bytes(Between(least, most), '\0');
    for (char& byte : bytes) byte = static_cast<char>(Next() >> 56);
    return bytes;
  }

 private:
  std::string Of(const std::string& alphabet, size_t length) {
    std::string text(length, '\0');
    for (char& letter : text) letter = alphabet[Next() % alphabet.size()];
    return text;
  }

  uint64_t state_ = 42;
};

datasets::ApiResponse ApiResponse(Random* random) {
  datasets::ApiResponse message;
  message.set_request_id(static_cast<int64_t>(random->Between(1, 1'000'000'000)));
  message.set_status_code(static_cast<int32_t>(random->Between(200, 599)));
  message.set_message(random->Letters(10, 100));
  message.set_latency_ms(random->Real(500));
  message.set_cached(random->Percent(50));
  if (random->Percent(70)) message.set_trace_id(random->Hex(32));
  if (random->Percent(10)) message.set_retry_after_ms(static_cast<int64_t>(random->Between(100, 30'000)));
  for (uint64_t i = random->Between(0, 5); i > 0; --i) message.add_tags(random->Letters(3, 15));
  return message;
}

datasets::LogRecord LogRecord(Random* random) {
  datasets::LogRecord message;
  message.set_timestamp_nanos(static_cast<int64_t>(1'700'000'000'000'000'000U + random->Between(0, 1'000'000'000'000)));
  message.set_service_name(random->Letters(5, 20));
  message.set_instance_id(random->Letters(8, 24));
  message.set_severity(static_cast<datasets::LogRecord::Severity>(random->Between(0, 4)));
  message.set_message(random->Letters(50, 500));
  for (uint64_t i = random->Between(2, 8); i > 0; --i) {
    (*message.mutable_labels())[random->Letters(4, 20)] = random->Letters(5, 40);
  }
  message.set_trace_id(random->Hex(32));
  message.set_span_id(random->Hex(16));
  if (random->Percent(80)) {
    message.mutable_source()->set_file(random->Letters(10, 40));
    message.mutable_source()->set_line(static_cast<int32_t>(random->Between(1, 5'000)));
    message.mutable_source()->set_function(random->Letters(5, 30));
  }
  return message;
}

void FillProperty(Random* random, datasets::AnalyticsEvent::Property* property) {
  property->set_key(random->Letters(3, 15));
  switch (random->Between(0, 3)) {
    case 0:
      property->set_string_value(random->Letters(5, 50));
      break;
    case 1:
      property->set_int_value(static_cast<int64_t>(random->Between(0, 1'000'000)));
      break;
    case 2:
      property->set_double_value(random->Real(1000));
      break;
    default:
      property->set_bool_value(random->Percent(50));
  }
}

void FillNested(Random* random, int depth, datasets::AnalyticsEvent::Nested* nested) {
  nested->set_name(random->Letters(5, 20));
  for (uint64_t i = random->Between(1, 5); i > 0; --i) FillProperty(random, nested->add_attributes());
  if (depth == 3) return;
  for (uint64_t i = random->Between(0, 3); i > 0; --i) FillNested(random, depth + 1, nested->add_children());
}

datasets::AnalyticsEvent AnalyticsEvent(Random* random) {
  datasets::AnalyticsEvent message;
  message.set_event_id(random->Hex(32));
  message.set_timestamp(static_cast<int64_t>(1'700'000'000'000U + random->Between(0, 1'000'000'000)));
  message.set_user_id(random->Letters(8, 24));
  for (uint64_t i = random->Between(3, 10); i > 0; --i) FillProperty(random, message.add_properties());
  for (uint64_t i = random->Between(2, 5); i > 0; --i) FillNested(random, 0, message.add_sections());
  return message;
}

datasets::MediaFrame MediaFrame(Random* random) {
  datasets::MediaFrame message;
  message.set_frame_id(random->Hex(32));
  message.set_timestamp_nanos(static_cast<int64_t>(1'700'000'000'000'000'000U + random->Between(0, 1'000'000'000'000)));
  message.set_content_type("video/" + random->Letters(3, 8));
  message.set_body(random->Bytes(1024, 10'240));
  for (uint64_t i = random->Between(2, 6); i > 0; --i) message.add_chunks(random->Bytes(200, 2000));
  for (uint64_t i = random->Between(0, 4); i > 0; --i) {
    (*message.mutable_attachments())[random->Letters(5, 20)] = random->Bytes(50, 500);
  }
  return message;
}

datasets::PackedTile PackedTile(Random* random) {
  datasets::PackedTile message;
  for (uint32_t id = 0; id < 64; ++id) {
    datasets::PackedTile::Cell& cell = *message.add_cells();
    cell.set_id(id);
    for (uint64_t i = random->Between(12, 20); i > 0; --i) {
      cell.add_geometry(static_cast<uint32_t>(random->Between(0, 4095)));
    }
    for (uint64_t i = random->Between(4, 8); i > 0; --i) cell.add_samples(static_cast<float>(random->Real(100)));
    for (uint64_t i = random->Between(2, 4); i > 0; --i) cell.add_positions(random->Real(1000));
  }
  for (int i = 0; i < 32; ++i) message.add_checksums(random->Next());
  return message;
}

datasets::PackedSigned PackedSigned(Random* random) {
  datasets::PackedSigned message;
  for (uint64_t i = random->Between(64, 128); i > 0; --i) {
    message.add_deltas(-static_cast<int32_t>(random->Between(1, 1'000'000)));
  }
  for (uint64_t i = random->Between(32, 64); i > 0; --i) {
    message.add_wide_deltas(-static_cast<int64_t>(random->Between(1, 1'000'000'000'000)));
  }
  return message;
}

void FillVertex(Random* random, datasets::TriMesh::Vertex* vertex) {
  vertex->set_px(static_cast<float>(1 + random->Real(100)));
  vertex->set_py(static_cast<float>(1 + random->Real(100)));
  vertex->set_pz(static_cast<float>(1 + random->Real(100)));
}

datasets::TriMesh TriMesh(Random* random) {
  datasets::TriMesh message;
  for (int i = 0; i < 256; ++i) {
    datasets::TriMesh::Face& face = *message.add_faces();
    for (datasets::TriMesh::Vertex* vertex : {face.mutable_a(), face.mutable_b(), face.mutable_c(), face.mutable_n()}) {
      FillVertex(random, vertex);
    }
  }
  return message;
}

datasets::ColumnBatch ColumnBatch(Random* random) {
  constexpr int kRows = 1024;
  datasets::ColumnBatch message;
  for (int i = 0; i < 32; ++i) message.add_symbol_dict(random->Letters(6, 10));
  uint64_t time = 1'700'000'000'000'000'000U;
  for (int i = 0; i < kRows; ++i) {
    message.add_symbol_ids(static_cast<uint32_t>(random->Between(0, 31)));
    message.add_timestamps(static_cast<int64_t>(time += random->Between(1, 1'000'000)));
    message.add_values(random->Real(1000));
    message.add_weights(static_cast<float>(random->Real(1)));
  }
  return message;
}

datasets::GoogleMessage1 GoogleMessage1(Random* random) {
  datasets::GoogleMessage1 message;
  message.set_field1(random->Letters(20, 20));
  message.set_field2(123);
  message.set_field3(4321);
  message.set_field4(random->Letters(24, 24));
  for (int i = 0; i < 5; ++i) message.add_field5(random->Next());
  message.set_field6(7);
  message.set_field9(random->Letters(12, 12));
  message.set_field12(true);
  message.set_field14(true);
  message.set_field16(-1);
  message.set_field17(true);
  message.set_field18(random->Letters(16, 16));
  message.set_field22(static_cast<int64_t>(random->Between(1U << 28, 1U << 30)));
  message.set_field29(8);
  message.set_field59(true);
  message.set_field67(450);
  message.set_field80(true);
  message.set_field100(5);
  message.set_field102(random->Letters(9, 9));
  message.set_field128(17);
  message.set_field130(1'234'567);
  message.set_field150(1);
  message.set_field271(3);
  message.set_field280(2);
  datasets::GoogleMessage1::SubMessage& sub = *message.mutable_field15();
  sub.set_field1(25);
  sub.set_field2(36);
  sub.set_field3(1);
  sub.set_field15(random->Letters(8, 8));
  sub.set_field19(2);
  sub.set_field20(true);
  sub.set_field21(random->Next());
  sub.set_field203(0x01020304);
  sub.set_field207(1'000'000);
  sub.set_field300(300);
  return message;
}

void Write(const std::string& folder, const std::string& name, int count,
           const std::function<std::string(Random*)>& make) {
  std::ofstream out(folder + "/" + name + ".bin", std::ios::binary);
  Random random;
  std::vector<size_t> sizes;
  for (int i = 0; i < count; ++i) {
    const std::string bytes = make(&random);
    sizes.push_back(bytes.size());
    uint8_t length[10];
    const uint8_t* const end =
        google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(bytes.size()), length);
    out.write(reinterpret_cast<const char*>(length), end - length);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  out.close();
  if (!out) {
    std::cerr << "cannot write " << folder << "/" << name << ".bin\n";
    std::exit(1);
  }
  std::sort(sizes.begin(), sizes.end());
  const size_t total = std::accumulate(sizes.begin(), sizes.end(), size_t{0});
  std::printf("%s %zu %zu %zu %zu %zu %zu\n", name.c_str(), sizes.size(), sizes.front(), sizes[sizes.size() / 2],
              total / sizes.size(), sizes.back(), total);
}

// Entries of maps in the order of their keys.
template <auto kMake>
std::string Bytes(Random* random) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  kMake(random).SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: datasets FOLDER\n";
    return 2;
  }
  constexpr int kMessages = 50;
  Write(argv[1], "api_response", kMessages, Bytes<ApiResponse>);
  Write(argv[1], "log_record", kMessages, Bytes<LogRecord>);
  Write(argv[1], "analytics_event", kMessages, Bytes<AnalyticsEvent>);
  Write(argv[1], "media_frame", kMessages, Bytes<MediaFrame>);
  Write(argv[1], "google_message1", 1, Bytes<GoogleMessage1>);
  Write(argv[1], "packed_tile", kMessages, Bytes<PackedTile>);
  Write(argv[1], "packed_signed", kMessages, Bytes<PackedSigned>);
  Write(argv[1], "mesh", kMessages, Bytes<TriMesh>);
  Write(argv[1], "column_batch", kMessages, Bytes<ColumnBatch>);
  return 0;
}
