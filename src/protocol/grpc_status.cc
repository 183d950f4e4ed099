#include "protocol/grpc_status.h"

#include <string>
#include <string_view>
#include <utility>

#include "protocol/google_rpc_status.h"
#include "protocol/metadata_fields.h"
#include "protocol/utf8.h"
#include "wire/base64.h"
#include "wire/metadata.h"
#include "wire/percent.h"

namespace connectrpc::protocol {
namespace {

constexpr std::string_view kStatusField = "grpc-status";
constexpr std::string_view kMessageField = "grpc-message";
constexpr std::string_view kDetailsField = "grpc-status-details-bin";
constexpr std::string_view kDetailsType = "google.rpc.Status";

std::optional<Code> ParseCode(std::string_view text) {
  if (text.empty() || text.size() > 2) return std::nullopt;
  int number = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return CodeFromNumber(number);
}

void ReadDetails(std::string_view field, Error* error) {
  std::string bytes;
  Error status;
  if (!wire::DecodeBase64(field, &bytes)) {
    error->details.push_back({std::string(kDetailsType), std::string(field)});
  } else if (!DecodeGoogleRpcStatus(bytes, &status)) {
    error->details.push_back({std::string(kDetailsType), std::move(bytes)});
  } else {
    // Some servers fill in the details alone.
    if (!status.ok()) error->code = status.code;
    if (!status.message.empty()) error->message = std::move(status.message);
    error->details = std::move(status.details);
  }
}

}  // namespace

void AppendGrpcStatus(const Error& error, HeaderList* fields) {
  if (error.ok()) {
    fields->Add(kStatusField, "0");
    return;
  }
  fields->Add(kStatusField, std::to_string(static_cast<int>(error.code)));
  const std::string message = ToUtf8(error.message);
  if (!message.empty()) fields->Add(kMessageField, wire::EncodeGrpcMessage(message));
  if (error.details.empty()) return;
  Error status(error.code, message);
  for (const ErrorDetail& detail : error.details) status.details.push_back({ToUtf8(detail.type), detail.value});
  fields->Add(kDetailsField, wire::EncodeBase64(EncodeGoogleRpcStatus(status)));
}

std::optional<Error> ParseGrpcStatus(const HeaderList& fields) {
  std::optional<std::string_view> text = fields.Find(kStatusField);
  if (!text.has_value()) return std::nullopt;
  std::optional<Code> code = ParseCode(*text);
  if (code == Code::kOk) return Error();
  Error error;
  error.code = code.value_or(Code::kUnknown);
  if (auto message = fields.Find(kMessageField)) error.message = wire::DecodeGrpcMessage(*message);
  if (auto details = fields.Find(kDetailsField)) ReadDetails(*details, &error);
  if (!code.has_value() && error.message.empty()) {
    error.message = "invalid grpc-status \"" + wire::Quoted(*text) + "\"";
  }
  return error;
}

RpcEnd ParseGrpcTrailers(const HeaderList& trailers) {
  RpcEnd end;
  if (std::optional<Error> error = ParseGrpcStatus(trailers)) {
    end.error = *std::move(error);
  } else {
    end.error = Error(Code::kUnknown, "response trailers have no grpc-status");
  }
  ReadResponseMetadata(trailers, &end.trailers);
  return end;
}

std::optional<RpcEnd> ParseGrpcHeadEnd(const HeaderList& headers) {
  if (!headers.Find(kStatusField).has_value()) return std::nullopt;
  return ParseGrpcTrailers(headers);
}

}  // namespace connectrpc::protocol
