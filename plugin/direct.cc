#include "plugin/direct.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::MethodDescriptor;

// As interop/grpc_internals.h and DirectServiceBuilder name it; null for unary methods.
const char* StreamKindOf(const MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? "Bidi" : "ClientStream";
  return method.server_streaming() ? "ServerStream" : nullptr;
}

void PrintSignature(const ServiceContext& service, const char* end, google::protobuf::io::Printer* printer) {
  printer->Print(
      "::std::shared_ptr<::connectrpc::DirectService> ConnectDirect(\n"
      "    $handlers$* service, const ::connectrpc::DirectOptions& options)$end$\n",
      "handlers", service.handlers, "end", end);
}

}  // namespace

void PrintDirect(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  printer->Print("// Of $full_name$, for connectrpc::HttpOptions::direct.\n", "full_name",
                 service.descriptor->full_name());
  PrintSignature(service, ";", printer);
}

void PrintOpenedMethods(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  if (!service.methods.empty()) printer->Print("\n");
  for (const MethodContext& method : service.methods) {
    const char* const kind = StreamKindOf(*method.descriptor);
    if (kind == nullptr) {
      printer->Print("CONNECTRPC_OPEN_CALLBACK_UNARY_METHOD($tag$, $request$, $response$);\n", "tag", method.tag,
                     "request", method.request, "response", method.response);
    } else {
      printer->Print("CONNECTRPC_OPEN_CALLBACK_METHOD($tag$, $kind$, $request$, $response$);\n", "tag", method.tag,
                     "kind", kind, "request", method.request, "response", method.response);
    }
  }
}

void PrintDirectDefinition(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  PrintSignature(service, " {", printer);
  printer->Print("  ::connectrpc::interop::DirectServiceBuilder builder(service, \"$full_name$\", options);\n",
                 "full_name", service.descriptor->full_name());
  for (const MethodContext& method : service.methods) {
    const char* const kind = StreamKindOf(*method.descriptor);
    if (kind == nullptr) {
      printer->Print(
          "  builder.AddUnary<::connectrpc::interop::$tag$_Starter,\n"
          "                   ::connectrpc::interop::$tag$_Allocator>(\n"
          "      \"$name$\", &$handlers$::$name$);\n",
          "tag", method.tag, "name", method.descriptor->name(), "handlers", service.handlers);
    } else {
      printer->Print(
          "  builder.Add$kind$<::connectrpc::interop::$tag$_Starter,\n"
          "      $request$, $response$>(\"$name$\");\n",
          "kind", kind, "tag", method.tag, "request", method.request, "response", method.response, "name",
          method.descriptor->name());
    }
  }
  printer->Print(
      "  return builder.Build();\n"
      "}\n");
}

}  // namespace connectrpc::plugin
