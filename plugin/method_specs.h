#ifndef CONNECTRPC_PLUGIN_METHOD_SPECS_H_
#define CONNECTRPC_PLUGIN_METHOD_SPECS_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// The struct with a constant for each method.
void PrintMethodSpecs(const ServiceContext& service, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_METHOD_SPECS_H_
