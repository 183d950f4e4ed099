#ifndef CONNECTRPC_PLUGIN_MOCK_H_
#define CONNECTRPC_PLUGIN_MOCK_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// The gmock class of the client interface.
void PrintMock(const ServiceContext& service, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_MOCK_H_
