#ifndef CONNECTRPC_PLUGIN_COROUTINES_H_
#define CONNECTRPC_PLUGIN_COROUTINES_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// What calls give for a response.
enum class Responses { kMessages, kViews };

// Within a class that makes calls: a coroutine form of each unary method, where the compiler has coroutines.
void PrintCoroutines(const ServiceContext& service, Responses responses, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_COROUTINES_H_
