#include "plugin/coroutines.h"

#include <algorithm>

namespace connectrpc::plugin {

void PrintCoroutines(const ServiceContext& service, Responses responses, google::protobuf::io::Printer* printer) {
  const auto has_coroutine = [](const MethodContext& method) { return !method.coroutine.empty(); };
  if (std::none_of(service.methods.begin(), service.methods.end(), has_coroutine)) return;
  printer->Print("\n#if __cplusplus >= 202002L && (defined(__cpp_impl_coroutine) || defined(__cpp_coroutines))\n");
  const bool views = responses == Responses::kViews;
  for (const MethodContext& method : service.methods) {
    if (!has_coroutine(method)) continue;
    // Not `= {}`: gcc 12 frees such a temporary twice when the call stands in a co_await.
    printer->Print(
        "  auto $coroutine$(const $request$& request, const ::connectrpc::CallOptions& options = "
        "::connectrpc::CallOptions())$const$ {\n"
        "    return ::connectrpc::CoCallUnary<$request$, $response$>(transport_, $spec$, request, options);\n"
        "  }\n",
        "coroutine", method.coroutine, "request", method.request, "response",
        views ? method.view_response : method.response, "const", views ? " const" : "", "spec", method.spec);
  }
  printer->Print("#endif\n");
}

}  // namespace connectrpc::plugin
