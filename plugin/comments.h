#ifndef CONNECTRPC_PLUGIN_COMMENTS_H_
#define CONNECTRPC_PLUGIN_COMMENTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace connectrpc::plugin {

// A comment of a .proto as lines of a C++ comment, each with its "//". Whatever `text` holds, each line stays one line
// and a comment for every compiler: control characters, line continuations, trigraphs, bytes that are no UTF-8 and
// characters that turn the reading direction are replaced. Empty lines at both ends are left out.
std::vector<std::string> CommentLines(absl::string_view text);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_COMMENTS_H_
