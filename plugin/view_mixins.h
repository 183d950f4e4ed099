#ifndef CONNECTRPC_PLUGIN_VIEW_MIXINS_H_
#define CONNECTRPC_PLUGIN_VIEW_MIXINS_H_

#include <google/protobuf/io/printer.h>

#include <set>
#include <string>

#include "plugin/context.h"

namespace connectrpc::plugin {

// The struct of the classes that have a service's methods take views.
void PrintViewMixins(const ServiceContext& service, google::protobuf::io::Printer* printer);

// The .proto files whose views these classes need.
std::set<std::string> ViewMixinImports(const FileContext& file);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_VIEW_MIXINS_H_
