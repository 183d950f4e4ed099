#ifndef CONNECTRPC_SRC_HTTP_H2_HEAD_H_
#define CONNECTRPC_SRC_HTTP_H2_HEAD_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "connectrpc/header_list.h"
#include "http/h2_request_check.h"
#include "http/http_session.h"

// Between the fields of HTTP/2 and our heads.
namespace connectrpc::http {

inline bool IsPseudoField(std::string_view name) {
  return !name.empty() && name.front() == ':';
}

// Adds one more field to the counts of `stream`, of either end: false once they exceed the limits. Each cookie crumb is
// a field.
template <class Limits, class Stream>
[[nodiscard]] bool CountField(const Limits& limits, std::string_view name, std::string_view value, Stream* stream) {
  constexpr size_t kFieldOverhead = 32;  // RFC 9113 section 6.5.2
  stream->header_list_size += name.size() + value.size() + kFieldOverhead;
  if (!IsPseudoField(name)) ++stream->header_count;
  return stream->header_list_size <= limits.max_header_list_bytes && stream->header_count <= limits.max_header_fields;
}

enum class FieldResult {
  kTaken,      // or left out, because of the problem that stream->head_problem names
  kPriority,   // the same, and it says the priority of the stream
  kMalformed,  // H2RequestCheck says so, Host names another authority than :authority (RFC 9113 section 8.3.1), or
               // :scheme is not that of a secure connection
};

// Takes one field of a request head into stream->request. Nothing more is kept from the first
// field on that exceeds the limits; a :path that is too long is left out alone, so that the rest of the head still
// tells the protocol of the caller.
[[nodiscard]] FieldResult TakeRequestField(const SessionLimits& limits, std::string_view name, std::string_view value,
                                           HttpStream* stream);

// Appends `headers` to `*fields` by reference: both the list and its bytes must outlive the HEADERS frame.
void AppendFields(const HeaderList& headers, std::vector<nghttp2_nv>* fields);

// Appends `date` by reference, unless it is empty or the answer has a date of its own.
void AppendDate(std::string_view date, const HeaderList& headers, std::vector<nghttp2_nv>* fields);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_HEAD_H_
