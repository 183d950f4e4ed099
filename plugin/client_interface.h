#ifndef CONNECTRPC_PLUGIN_CLIENT_INTERFACE_H_
#define CONNECTRPC_PLUGIN_CLIENT_INTERFACE_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// The abstract class that programs depend on, and its documentation.
void PrintClientInterface(const ServiceContext& service, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_CLIENT_INTERFACE_H_
