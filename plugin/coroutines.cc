#include "plugin/coroutines.h"

namespace connectrpc::plugin {

void PrintCoroutines(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  printer->Print("\n#ifdef CONNECTRPC_COROUTINES\n");
  for (const MethodContext& method : service.methods) {
    if (method.coroutine.empty()) continue;
    printer->Print(
        "  auto $coroutine$(const $request$& request, const ::connectrpc::CallOptions& options = {}) {\n"
        "    return ::connectrpc::CoCallUnary<$request$, $response$>(transport_, $spec$, request, options);\n"
        "  }\n",
        "coroutine", method.coroutine, "request", method.request, "response", method.response, "spec", method.spec);
  }
  printer->Print("#endif\n");
}

}  // namespace connectrpc::plugin
