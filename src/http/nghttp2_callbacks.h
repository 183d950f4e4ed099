#ifndef CONNECTRPC_SRC_HTTP_NGHTTP2_CALLBACKS_H_
#define CONNECTRPC_SRC_HTTP_NGHTTP2_CALLBACKS_H_

#include <nghttp2/nghttp2.h>

#include "http/http_session.h"
#include "http/nghttp2_handles.h"

// Where nghttp2's C callbacks become calls of the H2Session that is the user data of the nghttp2 session. No exception
// passes through C: one that our code throws, for want of memory, becomes NGHTTP2_ERR_CALLBACK_FAILURE, which ends the
// connection.
namespace connectrpc::http {

// Null if there is no memory for them.
Nghttp2Callbacks NewNghttp2Callbacks();

// A body that nghttp2 pulls from stream->body without a copy. `stream` must live until its on_stream_close.
nghttp2_data_provider BodyProvider(HttpStream* stream);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_NGHTTP2_CALLBACKS_H_
