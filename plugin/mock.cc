#include "plugin/mock.h"

namespace connectrpc::plugin {

void PrintMock(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  printer->Print(
      "// A client of $full_name$ for tests.\n"
      "class $mock$ : public $scope$$interface$ {\n"
      " public:\n",
      "full_name", service.descriptor->full_name(), "mock", service.mock, "scope", service.scope, "interface",
      service.interface);
  for (const MethodContext& method : service.methods) {
    for (const Form& form : method.forms) {
      // In parentheses, since commas separate a macro's arguments.
      printer->Print("  MOCK_METHOD(($result$), $name$, ($parameters$), (override));\n", "result", form.result, "name",
                     method.name, "parameters", form.parameters);
    }
  }
  printer->Print("};\n");
}

}  // namespace connectrpc::plugin
