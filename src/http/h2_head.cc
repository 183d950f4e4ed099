#include "http/h2_head.h"

#include <string>

#include "http/h2_setup.h"
#include "wire/text.h"

namespace connectrpc::http {
namespace {

void TakePseudoField(const SessionLimits& limits, std::string_view name, std::string_view value, HttpStream* stream) {
  wire::RequestHead& request = stream->request;
  if (name == ":path") {
    if (value.size() <= limits.max_request_line_bytes) request.target.assign(value);
  } else if (name == ":method") {
    request.method.assign(value);
  } else if (name == ":scheme") {
    request.scheme.assign(value);
  } else if (name == ":authority") {
    request.authority.assign(value);
  }
}

}  // namespace

FieldResult TakeRequestField(const SessionLimits& limits, std::string_view name, std::string_view value,
                             HttpStream* stream) {
  if (value.size() > limits.max_request_line_bytes && name == ":path") {
    stream->head_problem = HttpStream::HeadProblem::kTargetTooLong;
  }
  if (!CountField(limits, name, value, stream)) {
    if (stream->head_problem == HttpStream::HeadProblem::kNone) {
      stream->head_problem = stream->header_list_size > limits.max_header_list_bytes
                                 ? HttpStream::HeadProblem::kTooLarge
                                 : HttpStream::HeadProblem::kTooManyFields;
    }
    return FieldResult::kTaken;
  }
  wire::RequestHead& request = stream->request;
  if (IsPseudoField(name)) {
    if (limits.https_only && name == ":scheme" && value != "https") return FieldResult::kMalformed;
    TakePseudoField(limits, name, value, stream);
  } else if (name != "host") {
    request.headers.Add(name, value);
  } else if (request.authority.empty()) {
    request.authority.assign(value);
  } else if (!wire::EqualsIgnoreCase(request.authority, value)) {
    return FieldResult::kMalformed;
  }
  return FieldResult::kTaken;
}

void AppendFields(const HeaderList& headers, std::vector<nghttp2_nv>* fields) {
  for (const HeaderField field : headers) {
    fields->push_back({Bytes(field.name), Bytes(field.value), field.name.size(), field.value.size(),
                       NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE});
  }
}

void AppendDate(std::string_view date, const HeaderList& headers, std::vector<nghttp2_nv>* fields) {
  static constexpr std::string_view kDate = "date";
  if (date.empty() || headers.Find(kDate).has_value()) return;
  fields->push_back({Bytes(kDate), Bytes(date), kDate.size(), date.size(),
                     NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE});
}

}  // namespace connectrpc::http
