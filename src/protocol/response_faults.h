#ifndef CONNECTRPC_SRC_PROTOCOL_RESPONSE_FAULTS_H_
#define CONNECTRPC_SRC_PROTOCOL_RESPONSE_FAULTS_H_

#include <cstdint>
#include <string_view>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "protocol/model.h"

// Client: what can be wrong with a response in any protocol.
namespace connectrpc::protocol {

// Whether a response that should carry messages has the content type of the request's protocol and codec.
// `internal` for the right protocol with another codec, `unknown` for anything else; a missing type is let pass. The
// message says so if the server speaks another protocol of ours.
Error CheckResponseType(const RequestMeta& request, const HeaderList& headers);

// The error of a response whose HTTP status alone tells what went wrong.
Error ErrorFromHttpStatus(int status);

// The error of a response that HTTP ended: what an HTTP/2 error code (RFC 9113 section 7) stands for
// (PROTOCOL-HTTP2.md, "Errors"), and `fault`, which may be empty.
Error ErrorFromReset(uint32_t error_code, std::string_view fault);

// An end of `resource_exhausted`: the end frame has more metadata than EndLimits permit.
RpcEnd TooMuchMetadata();

// An end of `internal`: the response breaks off or breaks the rules.
RpcEnd BrokenResponse(std::string_view what);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_RESPONSE_FAULTS_H_
