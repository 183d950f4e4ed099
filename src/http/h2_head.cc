#include "http/h2_head.h"

#include <string>

#include "http/h2_setup.h"
#include "wire/text.h"

namespace connectrpc::http {
FieldResult TakeRequestField(const SessionLimits& limits, std::string_view name, std::string_view value,
                             HttpStream* stream) {
  const RequestField field = RequestFieldOf(name);
  if (!stream->check.TakeField(field, name, value)) return FieldResult::kMalformed;
  const bool long_path = field == RequestField::kPath && value.size() > limits.max_request_line_bytes;
  if (long_path) stream->head_problem = HttpStream::HeadProblem::kTargetTooLong;
  if (!CountField(limits, name, value, stream)) {
    if (stream->head_problem == HttpStream::HeadProblem::kNone) {
      stream->head_problem = stream->header_list_size > limits.max_header_list_bytes
                                 ? HttpStream::HeadProblem::kTooLarge
                                 : HttpStream::HeadProblem::kTooManyFields;
    }
    return FieldResult::kTaken;
  }
  // The strings are empty, and then append costs half of what assign does.
  wire::RequestHead& request = stream->request;
  switch (field) {
    case RequestField::kMethod:
      request.method.append(value);
      break;
    case RequestField::kScheme:
      if (limits.https_only && value != "https") return FieldResult::kMalformed;
      request.scheme.append(value);
      break;
    case RequestField::kAuthority:
      request.authority.append(value);
      break;
    case RequestField::kPath:
      if (!long_path) request.target.append(value);
      break;
    case RequestField::kHost:
      if (request.authority.empty()) {
        request.authority.append(value);
      } else if (!wire::EqualsIgnoreCase(request.authority, value)) {
        return FieldResult::kMalformed;
      }
      break;
    case RequestField::kPriority:
      request.headers.Add(name, value);
      return FieldResult::kPriority;
    default:
      request.headers.Add(name, value);
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
