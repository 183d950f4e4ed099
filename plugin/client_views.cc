#include "plugin/client_views.h"

#include "plugin/coroutines.h"

namespace connectrpc::plugin {

void PrintClientViews(const ServiceContext& service, const Options& options, google::protobuf::io::Printer* printer) {
  printer->Print(
      "\n"
      "// The same calls, whose responses are views that own their bytes. Shares the transport: a copy may outlive "
      "the\n"
      "// client. Thread-safe.\n"
      "class $views$ final {\n"
      " public:\n"
      "  explicit $views$(::std::shared_ptr<::connectrpc::Transport> transport);\n\n",
      "views", service.views.type);
  for (const MethodContext& method : service.methods) {
    for (const Form& form : method.view_forms) {
      printer->Print("  $result$ $name$($parameters$$defaults$) const;\n", "result", form.result, "name", method.name,
                     "parameters", form.parameters, "defaults", form.defaults);
    }
  }
  if (options.coroutines) PrintCoroutines(service, Responses::kViews, printer);
  printer->Print(
      "\n"
      " private:\n"
      "  ::std::shared_ptr<::connectrpc::Transport> transport_;\n"
      "};\n"
      "const $views$& $function$() const CONNECTRPC_LIFETIME_BOUND { return $member$; }\n",
      "views", service.views.type, "function", service.views.function, "member", service.views.member);
}

void PrintClientViewsMembers(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  printer->Print(
      "\n"
      "$client$::$views$::$views$(::std::shared_ptr<::connectrpc::Transport> transport)\n"
      "    : transport_(::std::move(transport)) {}\n",
      "client", service.client, "views", service.views.type);
  for (const MethodContext& method : service.methods) {
    for (const Form& form : method.view_forms) {
      printer->Print(
          "\n"
          "$result$ $client$::$views$::$name$($parameters$) const {\n"
          "  $return$$call$;\n"
          "}\n",
          "result", form.result, "client", service.client, "views", service.views.type, "name", method.name,
          "parameters", form.parameters, "return", form.result == "void" ? "" : "return ", "call", form.call);
    }
  }
}

}  // namespace connectrpc::plugin
