#ifndef CONNECTRPC_PLUGIN_FILE_H_
#define CONNECTRPC_PLUGIN_FILE_H_

#include <google/protobuf/io/printer.h>

#include "plugin/context.h"

namespace connectrpc::plugin {

// The whole of each generated file.
void PrintHeader(const FileContext& file, google::protobuf::io::Printer* printer);
void PrintSource(const FileContext& file, google::protobuf::io::Printer* printer);
void PrintMockHeader(const FileContext& file, google::protobuf::io::Printer* printer);
void PrintDirectHeader(const FileContext& file, google::protobuf::io::Printer* printer);
void PrintDirectSource(const FileContext& file, google::protobuf::io::Printer* printer);
void PrintViewHeader(const FileContext& file, google::protobuf::io::Printer* printer);
void PrintViewSource(const FileContext& file, google::protobuf::io::Printer* printer);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_FILE_H_
