#ifndef CONNECTRPC_TESTS_PROTOCOL_SCRIPT_LINES_H_
#define CONNECTRPC_TESTS_PROTOCOL_SCRIPT_LINES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/protocol.h"

// What the scripts of calls have in common (tests/transcripts/README.md). All return false for text that is not
// understood.
namespace connectrpc::test {

// The part of `*text` before the first `separator`; takes both off `*text`.
std::string_view TakeUntil(char separator, std::string_view* text);

// Appends text with \xNN for bytes that cannot be seen; after a '#' all of it is hex.
bool ReadBytes(std::string_view text, std::string* bytes);
bool ReadNumber(std::string_view text, size_t* number);
// "name: value"
bool ReadField(std::string_view line, HeaderList* fields);
// "ok", or a code and the message.
bool ReadError(std::string_view line, Error* error);
// "bidi_stream"
bool ReadStreamType(std::string_view text, StreamType* type);
// Appends an envelope: flags in hex, and the payload.
bool ReadEnvelope(std::string_view line, std::string* bytes);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_SCRIPT_LINES_H_
