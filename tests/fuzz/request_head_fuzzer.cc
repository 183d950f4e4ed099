// Whatever a caller sends as the head of a request, in every framing: refused as invalid_argument, or read as something
// that our own client writes and our server reads again alike.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/client_protocol.h"
#include "protocol/metadata_fields.h"
#include "wire/metadata.h"

namespace {

using connectrpc::Error;
using connectrpc::HeaderField;
using connectrpc::HeaderList;
using connectrpc::protocol::FamilyOf;
using connectrpc::protocol::RequestMeta;
using connectrpc::wire::Framing;
using connectrpc::wire::RequestHead;

void Check(bool condition) {
  if (!condition) std::abort();
}

std::string_view TakeLine(std::string_view* input) {
  const std::string_view line = input->substr(0, input->find('\n'));
  input->remove_prefix(std::min(line.size() + 1, input->size()));
  return line;
}

// The first line is the target, the others are "name=value".
RequestHead HeadOf(std::string_view input) {
  RequestHead head;
  head.target = TakeLine(&input);
  while (!input.empty()) {
    const std::string_view line = TakeLine(&input);
    const size_t end = std::min(line.find('='), line.size());
    head.headers.AddLowerCased(line.substr(0, end), line.substr(std::min(end + 1, line.size())));
  }
  return head;
}

// What a client may send on, which is neither the marker of gRPC-Web nor what asks for its text form.
std::string Forwardable(const HeaderList& metadata) {
  std::string out;
  for (HeaderField field : metadata) {
    if (connectrpc::wire::IsReservedResponseName(field.name) || field.name == "x-grpc-web" || field.name == "accept") {
      continue;
    }
    out.append(field.name).append(1, '\0').append(field.value).append(1, '\0');
  }
  return out;
}

void TryFraming(Framing framing, const RequestHead& head) {
  const auto& server = connectrpc::protocol::ServerProtocolFor(framing);
  RequestMeta meta;
  const Error error = server.ParseRequestHead(head, "json", &meta);
  Check(meta.framing == framing);
  Check(FamilyOf(meta.response_framing) == FamilyOf(framing));
  Check(error.ok() || error.code == connectrpc::Code::kInvalidArgument);
  if (!error.ok()) return;
  for (HeaderField field : meta.metadata) Check(connectrpc::protocol::IsValidMetadata(field));

  RequestHead written;
  Check(connectrpc::protocol::ClientProtocolFor(framing).WriteRequestHead(meta, &written).ok());
  RequestMeta again;
  Check(server.ParseRequestHead(written, "json", &again).ok());
  Check(again.path == meta.path && again.codec == meta.codec && again.timeout == meta.timeout);
  Check(again.content_encoding == meta.content_encoding && again.accept_encoding == meta.accept_encoding);
  Check(again.get_message == meta.get_message);
  Check(Forwardable(again.metadata) == Forwardable(meta.metadata));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const RequestHead head = HeadOf({reinterpret_cast<const char*>(data), size});
  for (Framing framing : {Framing::kConnectUnary, Framing::kConnectGet, Framing::kConnectStream, Framing::kGrpc,
                          Framing::kGrpcWeb, Framing::kGrpcWebText}) {
    TryFraming(framing, head);
  }
  return 0;
}
