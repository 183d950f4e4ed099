// What messages cost: protobuf's own decoder and encoder, with and without an arena, and our JSON both ways.
#include <benchmark/benchmark.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/util/json_util.h>

#include <memory>
#include <string>

#include "bench/servers/payloads.h"
#include "codec/codec.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Message;

// The messages by the benchmark's argument.
std::unique_ptr<Message> Sample(int64_t number) {
  switch (number) {
    case 0:
      return std::make_unique<::bench::v1::EchoRequest>(bench::Echo());
    case 1:
      return std::make_unique<::bench::v1::BenchRequest>(bench::Small());
    default:
      return std::make_unique<::bench::v1::LogRequest>(bench::Logs(50));
  }
}

const char* NameOf(int64_t number) {
  constexpr const char* kNames[] = {"echo", "small", "logs50"};
  return kNames[number];
}

void ProtoDecode(benchmark::State& state) {
  const std::unique_ptr<Message> sample = Sample(state.range(0));
  const std::string bytes = sample->SerializeAsString();
  for (auto _ : state) {
    const std::unique_ptr<Message> message(sample->New());
    if (!message->ParseFromString(bytes)) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(message.get());
  }
  state.SetBytesProcessed(state.iterations() * bytes.size());
  state.SetLabel(NameOf(state.range(0)));
}
BENCHMARK(ProtoDecode)->DenseRange(0, 2);

void ProtoDecodeArena(benchmark::State& state) {
  const std::unique_ptr<Message> sample = Sample(state.range(0));
  const std::string bytes = sample->SerializeAsString();
  std::string block(64 * 1024, '\0');
  google::protobuf::ArenaOptions options;
  options.initial_block = block.data();
  options.initial_block_size = block.size();
  google::protobuf::Arena arena(options);
  for (auto _ : state) {
    Message* const message = sample->New(&arena);
    if (!message->ParseFromString(bytes)) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(message);
    arena.Reset();
  }
  state.SetBytesProcessed(state.iterations() * bytes.size());
  state.SetLabel(NameOf(state.range(0)));
}
BENCHMARK(ProtoDecodeArena)->DenseRange(0, 2);

void ProtoEncode(benchmark::State& state) {
  const std::unique_ptr<Message> sample = Sample(state.range(0));
  std::string bytes;
  for (auto _ : state) {
    if (!sample->SerializeToString(&bytes)) state.SkipWithError("not encoded");
    benchmark::DoNotOptimize(bytes);
  }
  state.SetBytesProcessed(state.iterations() * bytes.size());
  state.SetLabel(NameOf(state.range(0)));
}
BENCHMARK(ProtoEncode)->DenseRange(0, 2);

void JsonToBinary(benchmark::State& state) {
  const std::unique_ptr<Message> sample = Sample(state.range(0));
  const std::unique_ptr<Codec> codec = NewJsonCodec(JsonOptions());
  std::string json, binary, error;
  if (!google::protobuf::util::MessageToJsonString(*sample, &json).ok()) state.SkipWithError("not encoded");
  for (auto _ : state) {
    binary.clear();
    if (!codec->ToBinary(*sample->GetDescriptor(), json, &binary, &error)) state.SkipWithError(error.c_str());
    benchmark::DoNotOptimize(binary);
  }
  state.SetBytesProcessed(state.iterations() * json.size());
  state.SetLabel(NameOf(state.range(0)));
}
BENCHMARK(JsonToBinary)->DenseRange(0, 2);

void JsonFromBinary(benchmark::State& state) {
  const std::unique_ptr<Message> sample = Sample(state.range(0));
  const std::unique_ptr<Codec> codec = NewJsonCodec(JsonOptions());
  const std::string binary = sample->SerializeAsString();
  std::string json, error;
  for (auto _ : state) {
    json.clear();
    if (!codec->FromBinary(*sample->GetDescriptor(), binary, &json, &error)) state.SkipWithError(error.c_str());
    benchmark::DoNotOptimize(json);
  }
  state.SetBytesProcessed(state.iterations() * json.size());
  state.SetLabel(NameOf(state.range(0)));
}
BENCHMARK(JsonFromBinary)->DenseRange(0, 2);

}  // namespace
}  // namespace connectrpc::codec
