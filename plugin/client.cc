#include "plugin/client.h"

#include "plugin/client_views.h"
#include "plugin/coroutines.h"

namespace connectrpc::plugin {

void PrintClient(const ServiceContext& service, const Options& options, google::protobuf::io::Printer* printer) {
  printer->Print(
      "// Calls $full_name$ over `transport`, which it shares. Thread-safe.\n"
      "class $client$ final : public $scope$$interface$ {\n"
      " public:\n"
      "  explicit $client$(::std::shared_ptr<::connectrpc::Transport> transport);\n",
      "full_name", service.descriptor->full_name(), "client", service.client, "scope", service.scope, "interface",
      service.interface);
  if (!service.methods.empty()) printer->Print("\n");
  for (const MethodContext& method : service.methods) {
    for (const Form& form : method.forms) {
      printer->Print("  $result$ $name$($parameters$$defaults$) override;\n", "result", form.result, "name",
                     method.name, "parameters", form.parameters, "defaults", form.defaults);
    }
  }
  if (options.coroutines) PrintCoroutines(service, Responses::kMessages, printer);
  if (!service.views.type.empty()) {
    printer->Indent();
    PrintClientViews(service, options, printer);
    printer->Outdent();
  }
  printer->Print(
      "\n"
      " private:\n"
      "  $unused$::std::shared_ptr<::connectrpc::Transport> transport_;\n",
      "unused", service.methods.empty() ? "[[maybe_unused]] " : "");
  if (!service.views.type.empty()) {
    printer->Print("  $views$ $member$;\n", "views", service.views.type, "member", service.views.member);
  }
  printer->Print("};\n");
}

void PrintClientMembers(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  const bool has_views = !service.views.type.empty();
  printer->Print(
      "$client$::$client$(::std::shared_ptr<::connectrpc::Transport> transport)\n"
      "    : transport_(::std::move(transport))",
      "client", service.client);
  if (has_views) printer->Print(",\n      $member$(transport_)", "member", service.views.member);
  printer->Print(" {}\n");
  for (const MethodContext& method : service.methods) {
    for (const Form& form : method.forms) {
      printer->Print(
          "\n"
          "$result$ $client$::$name$($parameters$) {\n"
          "  $return$$call$;\n"
          "}\n",
          "result", form.result, "client", service.client, "name", method.name, "parameters", form.parameters, "return",
          form.result == "void" ? "" : "return ", "call", form.call);
    }
  }
  if (has_views) PrintClientViewsMembers(service, printer);
}

}  // namespace connectrpc::plugin
