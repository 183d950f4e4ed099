#include "plugin/client_interface.h"

#include "plugin/printing.h"

namespace connectrpc::plugin {

void PrintClientInterface(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  PrintComment(*service.descriptor, printer);
  printer->Print(
      "class $interface$ {\n"
      " public:\n"
      "  virtual ~$interface$() = default;\n",
      "interface", service.interface);
  printer->Indent();
  for (const MethodContext& method : service.methods) {
    printer->Print("\n");
    PrintComment(*method.descriptor, printer);
    for (const Form& form : method.forms) {
      printer->Print("virtual $result$ $name$($parameters$$defaults$) = 0;\n", "result", form.result, "name",
                     method.name, "parameters", form.parameters, "defaults", form.defaults);
    }
  }
  printer->Outdent();
  printer->Print("};\n");
}

}  // namespace connectrpc::plugin
