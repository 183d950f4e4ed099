#include "plugin/context.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "plugin/names.h"
#include "plugin/protobuf_names.h"
#include "plugin/view_names.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::vector<Form> UnaryForms(const MethodContext& method, const std::string& response) {
  const std::string types = absl::StrCat("<", method.request, ", ", response, ">");
  const std::string parameters =
      absl::StrCat("const ", method.request, "& request, const ::connectrpc::CallOptions& options");
  Form blocking;
  blocking.result = absl::StrCat("::connectrpc::Result<", response, ">");
  blocking.parameters = parameters;
  blocking.defaults = " = {}";
  blocking.call = absl::StrCat("::connectrpc::CallUnary", types, "(*transport_, ", method.spec, ", request, options)");
  Form callback;
  callback.result = "void";
  callback.parameters = absl::StrCat(parameters, ", ::connectrpc::UnaryCallback<", response, "> done");
  callback.call = absl::StrCat("::connectrpc::CallUnary", types, "(transport_, ", method.spec,
                               ", request, options, ::std::move(done))");
  return {blocking, callback};
}

std::vector<Form> StreamForms(const MethodContext& method, const std::string& response) {
  const bool request_streams = method.descriptor->client_streaming();
  const bool response_streams = method.descriptor->server_streaming();
  const std::string types = absl::StrCat("<", method.request, ", ", response, ">");
  Form form;
  form.defaults = " = {}";
  form.parameters = absl::StrCat(request_streams ? "" : absl::StrCat("const ", method.request, "& request, "),
                                 "const ::connectrpc::CallOptions& options");
  if (!request_streams) {
    form.result = absl::StrCat("::connectrpc::ClientReader<", response, ">");
    form.call = "StartServerStream";
  } else if (!response_streams) {
    form.result = absl::StrCat("::connectrpc::ClientWriter", types);
    form.call = "StartClientStream";
  } else {
    form.result = absl::StrCat("::connectrpc::ClientReaderWriter", types);
    form.call = "StartBidiStream";
  }
  form.call = absl::StrCat("::connectrpc::", form.call, types, "(transport_, ", method.spec,
                           request_streams ? "" : ", request", ", options)");
  return {form};
}

std::vector<Form> FormsOf(const MethodContext& method, const std::string& response) {
  const bool streams = method.descriptor->client_streaming() || method.descriptor->server_streaming();
  return streams ? StreamForms(method, response) : UnaryForms(method, response);
}

void NameClasses(const FileDescriptor& file, FileContext* context) {
  std::set<std::string> taken = NamesInPackage(file);
  // Other files of the package name theirs alike.
  for (const FileDescriptor* other : WithImports(file)) {
    if (other == &file || other->package() != file.package()) continue;
    for (int i = 0; i < other->service_count(); ++i) {
      const std::string& name = other->service(i)->name();
      taken.insert(
          {name + "Methods", name + "ClientInterface", name + "Client", "Mock" + name + "Client", name + "Views"});
    }
  }
  for (ServiceContext& service : context->services) {
    const std::string& name = service.descriptor->name();
    service.specs = TakeName(name + "Methods", &taken);
    service.interface = TakeName(name + "ClientInterface", &taken);
    service.client = TakeName(name + "Client", &taken);
  }
  // Last, so that these options change no other name.
  for (ServiceContext& service : context->services) {
    service.mock = TakeName("Mock" + service.descriptor->name() + "Client", &taken);
  }
  for (ServiceContext& service : context->services) {
    service.view_mixins = TakeName(service.descriptor->name() + "Views", &taken);
  }
}

// gmock's macros say std:: and mean the global one.
absl::Status CheckMocks(const FileContext& context) {
  const auto& parts = context.namespaces;
  const bool inner = parts.size() > 1 && std::find(parts.begin() + 1, parts.end(), "std") != parts.end();
  if (!inner && (parts.empty() || NamesInPackage(*context.descriptor).count("std") == 0)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("no mocks can be generated for package ", context.descriptor->package(),
                   ", where gmock would take \"std\" for another namespace; generate without the option mocks"));
}

// HttpOptions::direct finds the function by this name, so it cannot have another.
absl::Status CheckDirect(const FileContext& context) {
  if (NamesInPackage(*context.descriptor).count("ConnectDirect") == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("no services can be mounted directly where something else is called ConnectDirect, as in package \"",
                   context.descriptor->package(), "\"; rename it, or generate without the option direct"));
}

// Last, so that the option changes no other name.
void AddViews(const std::vector<std::string>& reserved, ViewNames* names, ServiceContext* service) {
  std::set<std::string> taken(reserved.begin(), reserved.end());
  for (MethodContext& method : service->methods) {
    taken.insert({method.name, method.coroutine});
    method.view_response =
        absl::StrCat("::connectrpc::OwnedView<", names->Qualified(*method.descriptor->output_type()), ">");
    method.view_forms = FormsOf(method, method.view_response);
  }
  service->views.type = TakeName("Views", &taken);
  service->views.function = TakeName("views", &taken);
  service->views.member = TakeName("views_", &taken);
}

absl::Status AddMethods(const Options& options, ViewNames* view_names, ServiceContext* service) {
  const ServiceDescriptor& descriptor = *service->descriptor;
  MethodNamesRequest request;
  request.service = descriptor.full_name();
  request.reserved = {service->specs, service->interface, service->client, service->mock, "transport_"};
  request.coroutines = options.coroutines;
  request.mocks = options.mocks;
  for (int i = 0; i < descriptor.method_count(); ++i) {
    const MethodDescriptor& method = *descriptor.method(i);
    request.methods.push_back(method.name());
    request.unary.push_back(!method.client_streaming() && !method.server_streaming());
  }
  absl::StatusOr<std::vector<MethodNames>> names = NameMethods(request);
  if (!names.ok()) return names.status();

  for (int i = 0; i < descriptor.method_count(); ++i) {
    const MethodDescriptor& method = *descriptor.method(i);
    MethodContext context;
    context.descriptor = &method;
    context.name = std::move((*names)[i].name);
    context.coroutine = std::move((*names)[i].coroutine);
    context.spec = absl::StrCat(service->scope, service->specs, "::", context.name);
    context.tag = MethodTag(method.full_name());
    context.request = QualifiedMessageName(*method.input_type());
    context.response = QualifiedMessageName(*method.output_type());
    context.request_view = view_names->Qualified(*method.input_type());
    context.forms = FormsOf(context, context.response);
    service->methods.push_back(std::move(context));
  }
  if (options.client && options.views && !service->methods.empty()) AddViews(request.reserved, view_names, service);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FileContext> MakeContext(const FileDescriptor& file, const Options& options) {
  if (absl::Status name = CheckFileName(file.name()); !name.ok()) return name;
  if (absl::Status package = CheckPackage(file.package()); !package.ok()) return package;
  FileContext context;
  context.descriptor = &file;
  context.options = options;
  context.stem = StripProto(file.name());
  context.namespaces = Namespaces(file.package());
  const std::string scope =
      context.namespaces.empty() ? "::" : absl::StrCat("::", absl::StrJoin(context.namespaces, "::"), "::");
  for (int i = 0; i < file.service_count(); ++i) {
    ServiceContext& service = context.services.emplace_back();
    service.descriptor = file.service(i);
    service.scope = scope;
    // gRPC's generator takes names as they are.
    service.handlers = absl::StrCat(scope, service.descriptor->name(), "::Service");
  }
  NameClasses(file, &context);
  if (options.mocks && !context.services.empty()) {
    if (absl::Status mocks = CheckMocks(context); !mocks.ok()) return mocks;
  }
  if (options.direct && !context.services.empty()) {
    if (absl::Status direct = CheckDirect(context); !direct.ok()) return direct;
  }
  if (options.views) {
    if (absl::Status views = CheckViewNames(file); !views.ok()) return views;
  }
  ViewNames view_names;
  for (ServiceContext& service : context.services) {
    if (absl::Status methods = AddMethods(options, &view_names, &service); !methods.ok()) return methods;
  }
  return context;
}

}  // namespace connectrpc::plugin
