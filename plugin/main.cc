// protoc-gen-connect-cpp: the plugin of protoc and buf that generates clients (docs/codegen.md).
#include <google/protobuf/compiler/plugin.h>

#include "plugin/generator.h"

int main(int argc, char* argv[]) {
  connectrpc::plugin::Generator generator;
  return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}
