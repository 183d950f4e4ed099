#ifndef CONNECTRPC_PLUGIN_COROUTINES_H_
#define CONNECTRPC_PLUGIN_COROUTINES_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// Within the client class: a coroutine form of each unary method, where the compiler has coroutines.
void PrintCoroutines(const ServiceContext& service, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_COROUTINES_H_
