#ifndef CONNECTRPC_SRC_HTTP_REQUEST_CHECK_H_
#define CONNECTRPC_SRC_HTTP_REQUEST_CHECK_H_

#include <string_view>

#include "connectrpc/header_list.h"
#include "wire/http_head.h"

// What a client must not send: bytes by which a field, or a request, would end for some reader and another begin.
namespace connectrpc::http {

// What is wrong with the head; empty if nothing is.
std::string_view RequestFault(const wire::RequestHead& request);

// Whether every name is a lower-case token, and every value may stand in a field.
bool AreFieldsValid(const HeaderList& fields);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_REQUEST_CHECK_H_
