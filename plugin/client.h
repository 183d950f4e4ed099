#ifndef CONNECTRPC_PLUGIN_CLIENT_H_
#define CONNECTRPC_PLUGIN_CLIENT_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// The class that makes calls over a transport; its members in the .cc.
void PrintClient(const ServiceContext& service, const Options& options, google::protobuf::io::Printer* printer);
void PrintClientMembers(const ServiceContext& service, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_CLIENT_H_
