#ifndef CONNECTRPC_PLUGIN_DIRECT_H_
#define CONNECTRPC_PLUGIN_DIRECT_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// The function that HttpOptions::direct calls; its definition in the .cc, and, before all namespaces there, what opens
// gRPC's handlers for it.
void PrintDirect(const ServiceContext& service, google::protobuf::io::Printer* printer);
void PrintOpenedMethods(const ServiceContext& service, google::protobuf::io::Printer* printer);
void PrintDirectDefinition(const ServiceContext& service, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_DIRECT_H_
