#ifndef CONNECTRPC_PLUGIN_PRINTING_H_
#define CONNECTRPC_PLUGIN_PRINTING_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/printer.h>

#include "plugin/comments.h"

namespace connectrpc::plugin {

// The comment before `descriptor` in the .proto, or else the one behind it. Nothing if it has none.
template <class Descriptor>
void PrintComment(const Descriptor& descriptor, google::protobuf::io::Printer* printer) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return;
  const bool leading = !location.leading_comments.empty();
  for (const std::string& line : CommentLines(leading ? location.leading_comments : location.trailing_comments)) {
    printer->Print("$line$\n", "line", line);
  }
}

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_PRINTING_H_
