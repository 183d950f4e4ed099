#ifndef CONNECTRPC_TESTS_PROTOCOL_SHOW_BODY_H_
#define CONNECTRPC_TESTS_PROTOCOL_SHOW_BODY_H_

#include <string>
#include <string_view>

#include "protocol/call_registries.h"

// Bodies as the transcripts of calls show them (tests/transcripts/README.md).
namespace connectrpc::test {

// "what text", or "what" alone where there is no text.
std::string Line(std::string what, const std::string& text);

// "gzip of ...": what zlib makes of a text depends on its version.
std::string ShowGzip(std::string_view bytes, const CallRegistries& registries);

// A line for each envelope: "[00] text". Those with flag 1 are gzip.
std::string ShowEnvelopes(std::string_view bytes, const CallRegistries& registries);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_SHOW_BODY_H_
