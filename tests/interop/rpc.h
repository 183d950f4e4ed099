#ifndef CONNECTRPC_TESTS_INTEROP_RPC_H_
#define CONNECTRPC_TESTS_INTEROP_RPC_H_

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "echo.pb.h"
#include "support/http_message.h"

// Calls as a client sees them, whatever the protocol, and the protocols in the smallest possible form: written from
// their specifications, without the library.
namespace connectrpc::test {

enum class Framing { kConnectUnary, kConnectStream, kConnectGet, kGrpc, kGrpcWeb };
enum class Codec { kProto, kJson };

struct CallSpec {
  std::string service = "SyncEcho";
  std::string method = "Echo";
  std::vector<echo::EchoRequest> requests = std::vector<echo::EchoRequest>(1);
  Fields metadata;  // raw bytes for "-bin" names
  std::optional<std::chrono::milliseconds> timeout;
  // If set, runs once all was sent; then the client gives the call up.
  std::function<void()> before_cancel;

  bool streams() const { return method == "Collect" || method == "Expand" || method == "Chat"; }
  std::string path() const { return "/connectrpc.test.echo." + service + "/" + method; }
};

struct CallDetail {
  std::string type;
  std::string value;
  bool operator==(const CallDetail& other) const { return type == other.type && value == other.value; }
};

struct CallResult {
  int code = -1;  // gRPC's number; -1 if the answer does not tell
  std::string message;
  std::vector<CallDetail> details;
  Fields headers;   // metadata before the first message: raw bytes for "-bin" names
  Fields trailers;  // and after the last one
  std::vector<echo::EchoResponse> responses;
  int http_status = 0;
};

// `bytes` with the prefix of five bytes that all but Connect's unary calls use.
std::string Envelope(std::string_view bytes, uint8_t flags = 0);
std::string Encode(const google::protobuf::Message& message, Codec codec);
std::string Base64(std::string_view bytes);

// The framing of a POST of that protocol: unary calls of Connect have their own.
enum class RpcProtocol { kConnect, kGrpc, kGrpcWeb };
Framing FramingOf(RpcProtocol protocol, const CallSpec& spec);

std::string ContentType(Framing framing, Codec codec);
// The head alone: no message, no end.
HttpRequest RequestHead(const CallSpec& spec, Framing framing, Codec codec);
std::string EncodeBody(const CallSpec& spec, Framing framing, Codec codec);
HttpRequest EncodeCall(const CallSpec& spec, Framing framing, Codec codec);

CallResult DecodeResponse(const HttpResponse& response, Framing framing, Codec codec);
// The payloads of complete envelopes without flags.
std::vector<std::string> EnvelopePayloads(std::string_view body);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_RPC_H_
