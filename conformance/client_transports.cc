#include "conformance/client_transports.h"

#include "absl/strings/str_cat.h"

namespace connectrpc::conformance {
namespace {

std::string CompressionName(v1::Compression compression) {
  switch (compression) {
    case v1::COMPRESSION_GZIP:
      return "gzip";
    case v1::COMPRESSION_BR:
      return "br";
    case v1::COMPRESSION_ZSTD:
      return "zstd";
    case v1::COMPRESSION_DEFLATE:
      return "deflate";
    case v1::COMPRESSION_SNAPPY:
      return "snappy";
    default:
      return "identity";
  }
}

absl::StatusOr<HttpTransportOptions> ToOptions(const v1::ClientCompatRequest& request) {
  HttpTransportOptions options;
  switch (request.protocol()) {
    case v1::PROTOCOL_CONNECT:
      options.protocol = Protocol::kConnect;
      break;
    case v1::PROTOCOL_GRPC:
      options.protocol = Protocol::kGrpc;
      break;
    case v1::PROTOCOL_GRPC_WEB:
      options.protocol = Protocol::kGrpcWeb;
      break;
    default:
      return absl::UnimplementedError("a protocol that is not known");
  }
  switch (request.http_version()) {
    case v1::HTTP_VERSION_1:
      options.http = HttpVersions::kHttp1;
      break;
    case v1::HTTP_VERSION_2:
      options.http = HttpVersions::kHttp2;
      break;
    default:
      return absl::UnimplementedError("a version of HTTP that is not known");
  }
  options.defaults.codec = request.codec() == v1::CODEC_JSON ? "json" : "proto";
  options.defaults.max_message_bytes = request.message_receive_limit();
  const std::string compression = CompressionName(request.compression());
  options.defaults.compression = compression;
  options.compression.enabled = compression != "identity";
  if (options.compression.enabled) options.compression.algorithms = {compression};
  options.compression.min_bytes = 0;
  options.tls.ca_pem = request.server_tls_cert();
  if (request.has_client_tls_creds()) {
    options.tls.certificate_chain_pem = request.client_tls_creds().cert();
    options.tls.private_key_pem = request.client_tls_creds().key();
  }
  return options;
}

}  // namespace

absl::StatusOr<std::shared_ptr<HttpTransport>> ClientTransports::Get(const v1::ClientCompatRequest& request) {
  const char* const scheme = request.server_tls_cert().empty() ? "http" : "https";
  const std::string url = absl::StrCat(scheme, "://", request.host(), ":", request.port());
  const std::string key =
      absl::StrCat(url, " ", request.protocol(), " ", request.http_version(), " ", request.codec(), " ",
                   request.compression(), " ", request.message_receive_limit(), " ", request.client_tls_creds().cert());
  std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<HttpTransport>& transport = transports_[key];
  if (transport == nullptr) {
    absl::StatusOr<HttpTransportOptions> options = ToOptions(request);
    if (!options.ok()) return options.status();
    absl::StatusOr<std::shared_ptr<HttpTransport>> made = HttpTransport::Create(url, *options);
    if (!made.ok()) return made.status();
    transport = *std::move(made);
  }
  return transport;
}

}  // namespace connectrpc::conformance
