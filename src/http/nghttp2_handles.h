#ifndef CONNECTRPC_SRC_HTTP_NGHTTP2_HANDLES_H_
#define CONNECTRPC_SRC_HTTP_NGHTTP2_HANDLES_H_

#include <nghttp2/nghttp2.h>

#include <memory>

// Owners of nghttp2's objects.
namespace connectrpc::http {

struct Nghttp2Deleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

using Nghttp2Session = std::unique_ptr<nghttp2_session, Nghttp2Deleter>;
using Nghttp2Callbacks = std::unique_ptr<nghttp2_session_callbacks, Nghttp2Deleter>;
using Nghttp2Option = std::unique_ptr<nghttp2_option, Nghttp2Deleter>;

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_NGHTTP2_HANDLES_H_
