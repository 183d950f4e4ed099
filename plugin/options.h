#ifndef CONNECTRPC_PLUGIN_OPTIONS_H_
#define CONNECTRPC_PLUGIN_OPTIONS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace connectrpc::plugin {

// What the plugin makes of each service, and of messages.
struct Options {
  bool client = true;         // the client interface and the client; without them, the method specs alone
  bool mocks = false;         // x_mock.connect.pb.h: a gmock class for each client interface
  bool coroutines = false;    // CoGreet beside Greet, for C++20
  bool direct = false;        // x.connect.grpc.pb.h: mounts gRPC services on the front end without gRPC between
  bool views = false;         // x.view.pb.h: reads messages in place; with direct, mixins in x.connect.grpc.pb.h, too
  bool validate_utf8 = true;  // by views, of strings that protobuf checks: those of proto3
};

// Parses what protoc hands over: "name" or "name=true|false", separated by commas. An unknown name, another value, an
// empty or repeated name, and options that do not go together are errors, which say what there is.
absl::StatusOr<Options> ParseOptions(absl::string_view parameter);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_OPTIONS_H_
