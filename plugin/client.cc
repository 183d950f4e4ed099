#include "plugin/client.h"

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
  if (options.coroutines) PrintCoroutines(service, printer);
  printer->Print(
      "\n"
      " private:\n"
      "  $unused$::std::shared_ptr<::connectrpc::Transport> transport_;\n"
      "};\n",
      "unused", service.methods.empty() ? "[[maybe_unused]] " : "");
}

void PrintClientMembers(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  printer->Print(
      "$client$::$client$(::std::shared_ptr<::connectrpc::Transport> transport)\n"
      "    : transport_(::std::move(transport)) {}\n",
      "client", service.client);
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
}

}  // namespace connectrpc::plugin
