#ifndef CONNECTRPC_PLUGIN_CONTEXT_H_
#define CONNECTRPC_PLUGIN_CONTEXT_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/options.h"

// What is printed about a file, decided before anything is: every name, and every signature.
namespace connectrpc::plugin {

// One function that a method becomes. Unary methods become two, which differ in their parameters.
struct Form {
  std::string result;      // "::connectrpc::Result<::greet::v1::GreetResponse>"
  std::string parameters;  // without default values
  std::string defaults;    // " = {}" if the last parameter has that default
  std::string call;        // the expression that implements it
};

struct MethodContext {
  const google::protobuf::MethodDescriptor* descriptor;
  std::string name;       // in C++
  std::string coroutine;  // empty: none
  std::string spec;       // "::greet::v1::GreetServiceMethods::Greet"
  std::string request;    // "::greet::v1::GreetRequest"
  std::string response;
  std::string tag;           // "greet_v1_GreetService_Greet"
  std::string request_view;  // "::greet::v1::GreetRequestView"
  std::vector<Form> forms;
  // With views; empty otherwise.
  std::string view_response;  // "::connectrpc::OwnedView<::greet::v1::GreetResponseView>"
  std::vector<Form> view_forms;
};

// The class within the client whose methods give views. Empty: none.
struct ClientViews {
  std::string type;      // "Views"
  std::string function;  // "views", which gives it
  std::string member;    // "views_", where it is
};

struct ServiceContext {
  const google::protobuf::ServiceDescriptor* descriptor;
  std::string specs;        // the struct of method specs: "GreetServiceMethods"
  std::string interface;    // "GreetServiceClientInterface"
  std::string client;       // "GreetServiceClient"
  std::string mock;         // "MockGreetServiceClient"
  std::string view_mixins;  // the struct of the classes that have methods take views: "GreetServiceViews"
  std::string handlers;     // the base class of its handlers, gRPC's: "::greet::v1::GreetService::Service"
  std::string scope;        // of all of these: "::greet::v1::"
  std::vector<MethodContext> methods;
  ClientViews views;
};

struct FileContext {
  const google::protobuf::FileDescriptor* descriptor;
  Options options;
  std::string stem;  // "greet/v1/greet"
  std::vector<std::string> namespaces;
  std::vector<ServiceContext> services;
};

// Fails for what has no C++: names that meet, a file name that cannot be included. The message says which.
absl::StatusOr<FileContext> MakeContext(const google::protobuf::FileDescriptor& file, const Options& options);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_CONTEXT_H_
