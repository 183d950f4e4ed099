#ifndef CONNECTRPC_PLUGIN_CLIENT_VIEWS_H_
#define CONNECTRPC_PLUGIN_CLIENT_VIEWS_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// Within the client class: a class with the same methods, whose responses are views, and what gives it; its members in
// the .cc.
void PrintClientViews(const ServiceContext& service, const Options& options, google::protobuf::io::Printer* printer);
void PrintClientViewsMembers(const ServiceContext& service, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_CLIENT_VIEWS_H_
