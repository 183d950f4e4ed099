#include "plugin/view_mixins.h"

#include <map>

#include "absl/strings/str_cat.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::io::Printer;

// How the functions of one kind of methods are declared, with one or the other type of request. Parameters have no
// names: the rpc may have them.
struct Kind {
  const char* name;      // in the library's functions: SetSyncView$name$
  const char* sync;      // the parameters
  const char* callback;  // the parameters
  const char* reactor;   // what the callback function returns
  bool has_allocator = false;
};

constexpr Kind kUnary = {
    "Unary", "::grpc::ServerContext* /*context*/,\n    const $request$* /*request*/,\n    $response$* /*response*/",
    "::grpc::CallbackServerContext* /*context*/,\n    const $request$* /*request*/,\n    $response$* /*response*/",
    "::grpc::ServerUnaryReactor", true};
constexpr Kind kClientStream = {"ClientStream",
                                "::grpc::ServerContext* /*context*/,\n    ::grpc::ServerReader<$request$>* "
                                "/*reader*/,\n    $response$* /*response*/",
                                "::grpc::CallbackServerContext* /*context*/,\n    $response$* /*response*/",
                                "::grpc::ServerReadReactor<$request$>"};
constexpr Kind kServerStream = {"ServerStream",
                                "::grpc::ServerContext* /*context*/,\n    const $request$* /*request*/,\n    "
                                "::grpc::ServerWriter<$response$>* /*writer*/",
                                "::grpc::CallbackServerContext* /*context*/,\n    const $request$* /*request*/",
                                "::grpc::ServerWriteReactor<$response$>"};
constexpr Kind kBidi = {
    "Bidi", "::grpc::ServerContext* /*context*/,\n    ::grpc::ServerReaderWriter<$response$, $request$>* /*stream*/",
    "::grpc::CallbackServerContext* /*context*/", "::grpc::ServerBidiReactor<$request$, $response$>"};

const Kind& KindOf(const MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? kBidi : kClientStream;
  return method.server_streaming() ? kServerStream : kUnary;
}

class MixinPrinter {
 public:
  MixinPrinter(const ServiceContext& service, const MethodContext& method, Printer* printer)
      : kind_(KindOf(*method.descriptor)),
        printer_(printer),
        variables_{{"service", absl::StrCat(service.scope, service.descriptor->name())},
                   {"method", method.descriptor->name()},
                   {"index", absl::StrCat(method.descriptor->index())},
                   {"message", method.request},
                   {"view", method.request_view},
                   {"owned", absl::StrCat("::connectrpc::OwnedView<", method.request_view, ">")},
                   {"response", method.response},
                   {"kind", kind_.name}} {}

  void PrintSync() {
    PrintBegin("", "Sync");
    PrintFunction("virtual ::grpc::Status", kind_.sync, "$owned$",
                  " {\n  return ::grpc::Status(::grpc::StatusCode::UNIMPLEMENTED, \"\");\n}\n");
    Print("};\n");
  }

  void PrintCallback() {
    PrintBegin("Callback", "Callback");
    if (kind_.has_allocator) {
      Print(
          "  void SetMessageAllocatorFor_$method$(::grpc::MessageAllocator<$owned$, $response$>* allocator) {\n"
          "    ::connectrpc::interop::SetViewAllocator<$view$, $response$>(\n"
          "        ::grpc::Service::GetHandler($index$), allocator);\n"
          "  }\n");
    }
    PrintFunction(absl::StrCat("virtual ", kind_.reactor, "*"), kind_.callback, "$owned$",
                  " {\n  return nullptr;\n}\n");
    Print("};\n");
  }

 private:
  // The class, up to the function that takes views.
  void PrintBegin(const char* style, const char* setter) {
    variables_["style"] = style;
    variables_["setter"] = setter;
    Print(
        "template <class BaseClass>\n"
        "class WithView$style$Method_$method$\n"
        "    : public ::connectrpc::interop::WithoutMixin<$service$::WithCallbackMethod_$method$, BaseClass>::Type {\n"
        "  static_assert(::std::is_base_of_v<$service$::Service, BaseClass>);\n"
        "\n"
        " public:\n"
        "  WithView$style$Method_$method$() {\n"
        "    ::connectrpc::interop::Set$setter$View$kind$<$view$, $response$>(\n"
        "        this, $index$, [this](auto*... arguments) { return this->$method$(arguments...); });\n"
        "  }\n"
        "  // Not called any more.\n");
    PrintFunction("::grpc::Status", kind_.sync, "$message$",
                  " final {\n  return ::grpc::Status(::grpc::StatusCode::UNIMPLEMENTED, \"\");\n}\n");
  }

  // `request` is the type of $request$ in the other texts.
  void PrintFunction(const std::string& result, const char* parameters, const char* request, const char* rest) {
    std::string text = absl::StrCat(result, " $method$(\n    ", parameters, ")", rest);
    for (size_t at; (at = text.find("$request$")) != text.npos;) text.replace(at, 9, request);
    printer_->Indent();
    Print(text);
    printer_->Outdent();
  }

  void Print(const std::string& text) { printer_->Print(variables_, text.c_str()); }

  const Kind& kind_;
  Printer* const printer_;
  std::map<std::string, std::string> variables_;
};

}  // namespace

void PrintViewMixins(const ServiceContext& service, Printer* printer) {
  printer->Print(
      "// Of $full_name$: has methods take views of their requests. Each of the classes\n"
      "// derives from one that is to have such a method, as gRPC's WithCallbackMethod_X do.\n"
      "struct $views$ {\n",
      "full_name", service.descriptor->full_name(), "views", service.view_mixins);
  printer->Indent();
  for (const MethodContext& method : service.methods) {
    if (&method != &service.methods.front()) printer->Print("\n");
    MixinPrinter mixin(service, method, printer);
    mixin.PrintSync();
    mixin.PrintCallback();
  }
  printer->Outdent();
  printer->Print("};\n");
}

std::set<std::string> ViewMixinImports(const FileContext& file) {
  std::set<std::string> imports;
  for (const ServiceContext& service : file.services) {
    for (const MethodContext& method : service.methods) imports.insert(method.descriptor->input_type()->file()->name());
  }
  return imports;
}

}  // namespace connectrpc::plugin
