// Calls PeerService on a server that others have written, by the generated client and by a gRPC stub over the same
// transport, and checks what it says.
//
// usage: peer_client NAME URL PROTOCOL HTTP_VERSION CODEC [CA_FILE]
//   NAME      of the way that is tested, for the checks' lines; its first word is what the server calls itself
//   PROTOCOL  connect, grpc, grpc-web; HTTP_VERSION 1 or 2; CODEC proto or json
//
// One line for each check: `ok NAME: CHECK`, or `FAILED NAME: CHECK: ` and why.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "connectrpc/cancellation.h"
#include "connectrpc/error_details.h"
#include "connectrpc/http_transport.h"
#include "connectrpc/interop/grpc_channel.h"
#include "peer.connect.pb.h"
#include "peer.grpc.pb.h"

namespace {

using namespace connectrpc::peers::v1;
using connectrpc::CallOptions;
using connectrpc::Code;
using connectrpc::Error;
using connectrpc::HeaderList;
using connectrpc::Result;

const std::string kBinary("\x00\xff binary", 9);

std::string prefix;
int failed = 0;

void Check(const std::string& what, bool good, const std::string& why) {
  if (good) {
    std::cout << "ok " << prefix << ": " << what << "\n";
  } else {
    std::cout << "FAILED " << prefix << ": " << what << ": " << why << "\n";
    ++failed;
  }
}

SayRequest Say(const std::string& text, int fail_with = 0) {
  SayRequest request;
  request.set_text(text);
  request.set_fail_with(fail_with);
  return request;
}

std::string Describe(const Error& error) {
  return std::string(connectrpc::CodeName(error.code)) + ", " + error.message;
}

CallOptions WithMetadata() {
  CallOptions options;
  options.headers.Add("x-peer-echo", "abc");
  options.headers.Add("x-peer-echo-bin", kBinary);
  return options;
}

bool HasEcho(const HeaderList& fields, const std::string& name) {
  return fields.Find(name) == "abc" && fields.Find(name + "-bin") == kBinary;
}

void CheckUnary(PeerServiceClient& client, const std::string& server) {
  const Result<SayResponse> said = client.Say(Say("Hello"), WithMetadata());
  Check("a call", said.ok() && said->text() == "Hello" && said->server() == server, Describe(said.error()));
  Check("headers", HasEcho(said.headers(), "x-peer-header"), "not as sent");
  Check("trailers", HasEcho(said.trailers(), "x-peer-trailer"), "not as sent");

  const Result<SayResponse> error = client.Say(Say("nobody", 5));
  const auto detail = connectrpc::FindDetail<Fault>(error.error());
  Check("an error", error.error().code == Code::kNotFound && error.error().message == "nobody",
        Describe(error.error()));
  Check("its detail", detail.has_value() && detail->reason() == "as asked", "not there");

  const std::string large(3'000'000, 'x');
  const Result<SayResponse> big = client.Say(Say(large));
  Check("a message of 3 MB", big.ok() && big->text() == large, Describe(big.error()));
  CallOptions zipped;
  zipped.compression = "gzip";
  const Result<SayResponse> compressed = client.Say(Say(large), zipped);
  Check("the same, compressed", compressed.ok() && compressed->text() == large, Describe(compressed.error()));

  CallOptions small;
  small.max_message_bytes = 1000;
  const Result<SayResponse> too_large = client.Say(Say(large), small);
  Check("a message beyond the limit", too_large.error().code == Code::kResourceExhausted, Describe(too_large.error()));
}

void CheckGet(PeerServiceClient& client, bool connect) {
  CallOptions options;
  options.http_get = true;
  const Result<SayResponse> looked = client.Look(Say("Hello"), options);
  Check("a method without side effects", looked.ok() && looked->text() == "Hello", Describe(looked.error()));
  if (!looked->cookie().empty()) {
    Check("how it went", looked->cookie() == (connect ? "GET" : "POST"), "by " + looked->cookie());
  }
}

void CheckStreams(PeerServiceClient& client, const std::string& server, bool full_duplex) {
  CountRequest count;
  count.set_up_to(1000);
  count.set_fail_with(9);
  auto reader = client.Count(count, WithMetadata());
  int32_t last = 0;
  for (CountResponse number; reader.Read(&number) && number.number() == last + 1;) last = number.number();
  const Error end = reader.Finish();
  Check("a server stream", last == 1000, "ended after " + std::to_string(last));
  Check("its error", end.code == Code::kFailedPrecondition, Describe(end));
  Check("its headers", HasEcho(reader.headers(), "x-peer-header"), "not as sent");
  Check("its trailers", HasEcho(reader.trailers(), "x-peer-trailer"), "not as sent");

  auto writer = client.Sum();
  SumRequest number;
  for (int i = 1; i <= 1000; ++i) {
    number.set_number(i);
    if (!writer.Write(number)) break;
  }
  const Result<SumResponse> sum = writer.Finish();
  Check("a client stream", sum.ok() && sum->sum() == 500500, Describe(sum.error()));

  auto talk = client.Talk();
  SayResponse answer;
  int answers = 0;
  if (full_duplex) {
    while (answers < 100 && talk.Write(Say("Hello")) && talk.Read(&answer)) ++answers;
    talk.CloseSend();
  } else {
    for (int i = 0; i < 100 && talk.Write(Say("Hello")); ++i) {
    }
    talk.CloseSend();
    while (talk.Read(&answer)) ++answers;
  }
  const Error talked = talk.Finish();
  if (!full_duplex && server == "connect-go") {  // which takes no such stream over HTTP/1.1
    Check("a stream both ways is refused", talked.message == "HTTP status 505", Describe(talked));
    return;
  }
  Check(full_duplex ? "a stream both ways, in turns" : "a stream both ways, one after the other",
        answers == 100 && talked.ok(), std::to_string(answers) + " answers; " + Describe(talked));
}

void CheckEnds(PeerServiceClient& client) {
  CountRequest endless;
  endless.set_up_to(3);
  endless.set_gate("closed");
  CallOptions options;
  options.timeout = std::chrono::milliseconds(300);
  auto timed = client.Count(endless, options);
  for (CountResponse number; timed.Read(&number);) {
  }
  const Error late = timed.Finish();
  Check("a deadline", late.code == Code::kDeadlineExceeded, Describe(late));

  auto canceled = client.Count(endless);
  CountResponse number;
  const bool first = canceled.Read(&number);
  canceled.Cancel();
  const Error end = canceled.Finish();
  Check("a cancellation", first && end.code == Code::kCanceled, Describe(end));
}

void CheckStub(PeerService::Stub& stub, const std::string& server) {
  grpc::ClientContext context;
  context.AddMetadata("x-peer-echo-bin", kBinary);
  SayResponse response;
  grpc::Status status = stub.Say(&context, Say("Hello"), &response);
  Check("a stub's call", status.ok() && response.text() == "Hello" && response.server() == server,
        status.error_message());
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto trailer = trailers.find("x-peer-trailer-bin");
  Check("a stub's trailers",
        trailer != trailers.end() && std::string(trailer->second.data(), trailer->second.size()) == kBinary,
        "not as sent");
  grpc::ClientContext again;
  status = stub.Say(&again, Say("nobody", 5), &response);
  Check("a stub's error", status.error_code() == grpc::StatusCode::NOT_FOUND && !status.error_details().empty(),
        status.error_message());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: peer_client NAME URL PROTOCOL HTTP_VERSION CODEC [CA_FILE]\n";
    return 2;
  }
  prefix = argv[1];
  const std::string server = prefix.substr(0, prefix.find(' '));
  const std::string_view protocol = argv[3];
  const bool http2 = argv[4][0] == '2';
  connectrpc::HttpTransportOptions options;
  options.protocol = protocol == "grpc"       ? connectrpc::Protocol::kGrpc
                     : protocol == "grpc-web" ? connectrpc::Protocol::kGrpcWeb
                                              : connectrpc::Protocol::kConnect;
  options.http = http2 ? connectrpc::HttpVersions::kHttp2 : connectrpc::HttpVersions::kHttp1;
  options.defaults.codec = argv[5];
  if (argc > 6) options.tls.ca_file = argv[6];
  auto transport = connectrpc::HttpTransport::Create(argv[2], options);
  if (!transport.ok()) {
    std::cerr << transport.status() << "\n";
    return 1;
  }
  PeerServiceClient client(*transport);
  CheckUnary(client, server);
  CheckGet(client, protocol == "connect");
  CheckStreams(client, server, http2);
  CheckEnds(client);
  CheckStub(*PeerService::NewStub(connectrpc::NewGrpcChannel(*transport)), server);
  return failed == 0 ? 0 : 1;
}
