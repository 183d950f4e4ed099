#ifndef CONNECTRPC_PLUGIN_VIEW_PARSING_H_
#define CONNECTRPC_PLUGIN_VIEW_PARSING_H_

#include <google/protobuf/io/printer.h>

#include "plugin/view_context.h"

namespace connectrpc::plugin {

// The definitions of FooView::Parse and FooView::Merge.
void PrintViewParsing(const ViewContext& view, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_VIEW_PARSING_H_
