#ifndef CONNECTRPC_SRC_WIRE_METADATA_H_
#define CONNECTRPC_SRC_WIRE_METADATA_H_

#include <string>
#include <string_view>

#include "connectrpc/header_list.h"

// What may be RPC metadata, and how it travels in HTTP header fields. An unsanitised name or value aborts the process
// inside gRPC core, so nothing reaches a handler, or leaves for the wire, but through these functions.
namespace connectrpc::wire {

// [0-9a-z_.-]+ (PROTOCOL-HTTP2.md, "Header-Name").
bool IsValidMetadataName(std::string_view name);
// Every byte in 0x20-0x7e. Values of "-bin" names are free.
bool IsValidMetadataValue(std::string_view value);
// What HTTP allows in a field value (RFC 9110 section 5.5): the same, tabs, and bytes from 0x80 on.
bool IsValidHttpValue(std::string_view value);
bool IsBinaryName(std::string_view name);

// Names that belong to HTTP or to one of the protocols and never become metadata of a request: hop-by-hop and framing
// fields, content-type, content-length, content-encoding, accept-encoding, te, host, every connect-* and grpc-* name,
// the few others that gRPC core keeps for itself, pseudo header names, and connectrpc-*, by which handlers are told
// what no peer may forge.
bool IsReservedRequestName(std::string_view name);
// The same for what a handler sets as response headers or trailers: hop-by-hop and framing fields, content-type,
// content-length, content-encoding, te, host, date, every connect-*, connectrpc-* and grpc-* name, trailer-*, pseudo
// header names.
bool IsReservedResponseName(std::string_view name);

enum class MetadataError { kNone, kInvalidName, kInvalidValue, kInvalidBase64 };

// Appends the metadata of a request: every field of `headers` that is not reserved, in order, "-bin" values split at
// ',' and decoded, cookie fields joined by "; " at the place of the first (RFC 9113 section 8.2.3). Stops at the first
// field that gRPC would refuse and names it in `*offender`; what was appended is then of no use. kInvalidValue also
// where the splitting would give much more than came in: each value repeats its name.
//
// One kind of field is left out instead of refused: what a browser or a proxy adds by itself (cookie, user-agent,
// referer, accept-language, sec-*, forwarded, x-forwarded-*, via, dnt, priority) with a value that HTTP allows and gRPC
// does not (tab, 0x80-0xff). The caller cannot help a UTF-8 cookie of some other page of its site, and must not be
// locked out by it; what it sets itself it must learn about.
MetadataError ReadMetadata(const HeaderList& headers, HeaderList* metadata, std::string* offender);

// Appends metadata as HTTP fields, each name prefixed by `prefix` ("" or "trailer-"): "-bin" values in unpadded base64.
// Reserved names are left out. A field that is not valid metadata stops it: false, with the name in `*offender`.
[[nodiscard]] bool WriteMetadata(const HeaderList& metadata, std::string_view prefix, HeaderList* headers,
                                 std::string* offender);

// `text` cut at 128 bytes and with every byte outside 0x20-0x7e escaped: for error messages that repeat what a peer
// sent.
std::string Quoted(std::string_view text);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_METADATA_H_
