// What the wire layer's functions cost: header lists, envelopes, content types, timeouts, base64, percent coding.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "connectrpc/header_list.h"
#include "wire/base64.h"
#include "wire/content_type.h"
#include "wire/envelope.h"
#include "wire/percent.h"
#include "wire/timeout.h"

namespace connectrpc::wire {
namespace {

void AddUsualHeaders(HeaderList* headers) {
  headers->Add("content-type", "application/grpc");
  headers->Add("te", "trailers");
  headers->Add("user-agent", "grpc-c++/1.51.1 grpc-c/29.0.0 (linux; chttp2)");
  headers->Add("grpc-accept-encoding", "identity, deflate, gzip");
  headers->Add("grpc-timeout", "4999m");
  headers->Add("authorization", "Bearer 0123456789abcdef0123456789abcdef");
}

void HeaderListAdd(benchmark::State& state) {
  HeaderList headers;
  for (auto _ : state) {
    headers.Clear();
    AddUsualHeaders(&headers);
    benchmark::DoNotOptimize(headers);
  }
}
BENCHMARK(HeaderListAdd);

void HeaderListFind(benchmark::State& state) {
  HeaderList headers;
  AddUsualHeaders(&headers);
  for (auto _ : state) {
    benchmark::DoNotOptimize(headers.Find("grpc-timeout"));
    benchmark::DoNotOptimize(headers.Find("grpc-encoding"));
  }
}
BENCHMARK(HeaderListFind);

void EnvelopeWrite(benchmark::State& state) {
  char header[kEnvelopeHeaderSize];
  for (auto _ : state) {
    WriteEnvelopeHeader({0, 66}, header);
    benchmark::DoNotOptimize(header);
  }
}
BENCHMARK(EnvelopeWrite);

void EnvelopeRead(benchmark::State& state) {
  std::string bytes;
  AppendEnvelopeHeader({0, static_cast<uint32_t>(state.range(0))}, &bytes);
  bytes.append(state.range(0), 'x');
  EnvelopeReader reader;
  for (auto _ : state) {
    std::string_view input = bytes;
    EnvelopeHeader header;
    Payload payload;
    const bool ok = reader.ReadHeader(&input, &header) == DecodeStatus::kDone &&
                    reader.ReadPayload(&input, &payload) == DecodeStatus::kDone;
    if (!ok) state.SkipWithError("not read");
    benchmark::DoNotOptimize(payload);
  }
}
BENCHMARK(EnvelopeRead)->Arg(66)->Arg(22'370);

void ContentTypeParse(benchmark::State& state, const char* text) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseContentType(text));
}
BENCHMARK_CAPTURE(ContentTypeParse, grpc, "application/grpc");
BENCHMARK_CAPTURE(ContentTypeParse, connect_json, "application/json");
BENCHMARK_CAPTURE(ContentTypeParse, with_parameter, "application/json; charset=utf-8");

void ContentTypeFormat(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(FormatContentType(Framing::kGrpc, "proto"));
}
BENCHMARK(ContentTypeFormat);

void GrpcTimeoutParse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseGrpcTimeout("4999m"));
}
BENCHMARK(GrpcTimeoutParse);

void Base64Encode(benchmark::State& state) {
  const std::string bytes(state.range(0), '\xAB');
  for (auto _ : state) benchmark::DoNotOptimize(EncodeBase64(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Base64Encode)->Arg(64)->Arg(4096);

void Base64Decode(benchmark::State& state) {
  const std::string text = EncodeBase64(std::string(state.range(0), '\xAB'));
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    if (!DecodeBase64(text, &bytes)) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(bytes);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Base64Decode)->Arg(64)->Arg(4096);

void GrpcMessageEncode(benchmark::State& state, const char* text) {
  for (auto _ : state) benchmark::DoNotOptimize(EncodeGrpcMessage(text));
}
BENCHMARK_CAPTURE(GrpcMessageEncode, plain, "the user with this name does not exist, or may not be seen");
BENCHMARK_CAPTURE(GrpcMessageEncode, escaped, "l'utilisateur \xC3\xA9tait l\xC3\xA0 : 100 % s\xC3\xBBr");

void QueryComponentDecode(benchmark::State& state) {
  const std::string text = EncodeQueryComponent(R"({"message":"lorem ipsum dolor sit amet, consectetur"})");
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    if (!DecodeQueryComponent(text, &bytes)) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(bytes);
  }
}
BENCHMARK(QueryComponentDecode);

}  // namespace
}  // namespace connectrpc::wire
