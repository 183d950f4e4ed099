#ifndef CONNECTRPC_TESTS_PLUGIN_PARSE_PROTO_H_
#define CONNECTRPC_TESTS_PLUGIN_PARSE_PROTO_H_

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <string>

namespace connectrpc::plugin {

// The .proto `text` under the name `name`, without the checks that protoc makes afterwards.
inline google::protobuf::FileDescriptorProto ParseProto(const std::string& name, const std::string& text) {
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  google::protobuf::io::Tokenizer tokenizer(&stream, nullptr);
  google::protobuf::compiler::Parser parser;
  google::protobuf::FileDescriptorProto file;
  EXPECT_TRUE(parser.Parse(&tokenizer, &file)) << text;
  file.set_name(name);
  return file;
}

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_TESTS_PLUGIN_PARSE_PROTO_H_
