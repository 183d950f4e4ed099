#include "plugin/method_specs.h"

#include <google/protobuf/descriptor.pb.h>

namespace connectrpc::plugin {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::MethodOptions;

const char* StreamTypeOf(const MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? "kBidiStream" : "kClientStream";
  return method.server_streaming() ? "kServerStream" : "kUnary";
}

const char* IdempotencyOf(const MethodDescriptor& method) {
  switch (method.options().idempotency_level()) {
    case MethodOptions::NO_SIDE_EFFECTS:
      return "kNoSideEffects";
    case MethodOptions::IDEMPOTENT:
      return "kIdempotent";
    case MethodOptions::IDEMPOTENCY_UNKNOWN:
      break;
  }
  return "kUnknown";
}

}  // namespace

void PrintMethodSpecs(const ServiceContext& service, google::protobuf::io::Printer* printer) {
  printer->Print("// The methods of $full_name$.\nstruct $specs$ {$end$\n", "full_name",
                 service.descriptor->full_name(), "specs", service.specs, "end", service.methods.empty() ? "};" : "");
  if (service.methods.empty()) return;
  for (const MethodContext& method : service.methods) {
    printer->Print(
        "  static constexpr ::connectrpc::MethodSpec $name${\n"
        "      \"/$service$/$method$\", ::connectrpc::StreamType::$type$, ::connectrpc::Idempotency::$idempotency$};\n",
        "name", method.name, "service", service.descriptor->full_name(), "method", method.descriptor->name(), "type",
        StreamTypeOf(*method.descriptor), "idempotency", IdempotencyOf(*method.descriptor));
  }
  printer->Print("};\n");
}

}  // namespace connectrpc::plugin
