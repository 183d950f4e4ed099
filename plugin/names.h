#ifndef CONNECTRPC_PLUGIN_NAMES_H_
#define CONNECTRPC_PLUGIN_NAMES_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Names that are generated, as functions of names in the .proto. What protobuf's own generator names (messages,
// namespaces) is its affair: see protobuf_names.h.
namespace connectrpc::plugin {

// Whether C++ or its headers have another use for `identifier`: keywords, macros of the C and POSIX headers (EOF,
// errno, major), of compilers (unix) and of Windows (ERROR), and what is reserved to them by its form (__x, _X).
bool IsReserved(absl::string_view identifier);

// "greet/v1/greet" for "greet/v1/greet.proto".
std::string StripProto(absl::string_view proto_file);

// Where the views of the messages of a file are generated, without ".view.pb.h": beside its other code, but for files
// that come with protobuf, whose views come with connect-cpp: "connectrpc/views/google/protobuf/any".
std::string ViewStem(absl::string_view proto_file);

// Refuses file names that cannot stand between the quotes of an #include, or in a comment as they are.
absl::Status CheckFileName(absl::string_view proto_file);

// The include guard of a generated header; different for different files.
std::string HeaderGuard(absl::string_view header);

// `name`, with as many underscores behind it as it takes to be none of `taken`; it is then taken, too.
std::string TakeName(std::string name, std::set<std::string>* taken);

// By which generated code opens the method "greet.v1.GreetService.Greet": greet_v1_GreetService_Greet. An identifier,
// different for different methods of a program.
std::string MethodTag(absl::string_view full_name);

// The names by which the methods of one service go in C++.
struct MethodNames {
  std::string name;       // of the function, and of the spec
  std::string coroutine;  // of its coroutine form
};

struct MethodNamesRequest {
  std::string service;                // as messages name it: "greet.v1.GreetService"
  std::vector<std::string> methods;   // as the .proto has them
  std::vector<bool> unary;            // of each; only these have a coroutine form
  std::vector<std::string> reserved;  // names that classes and members of ours have where methods are declared
  bool coroutines = false;
  bool mocks = false;
};

// A method keeps its name, unless that is reserved: then an underscore follows it. Two names that would meet are an
// error, which names both.
absl::StatusOr<std::vector<MethodNames>> NameMethods(const MethodNamesRequest& request);

// Refuses packages whose namespaces are those of connect-cpp's own headers. Packages within them, such as
// connectrpc.x.v1, are fine.
absl::Status CheckPackage(absl::string_view package);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_NAMES_H_
