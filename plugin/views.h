#ifndef CONNECTRPC_PLUGIN_VIEWS_H_
#define CONNECTRPC_PLUGIN_VIEWS_H_

#include <google/protobuf/io/printer.h>

#include <vector>

#include "plugin/view_context.h"

namespace connectrpc::plugin {

// Forward declarations of all, then the classes.
void PrintViews(const std::vector<ViewContext>& views, google::protobuf::io::Printer* printer);

// What a class has out of line: its tables.
void PrintViewTables(const ViewContext& view, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_VIEWS_H_
