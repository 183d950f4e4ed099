#include "plugin/generator.h"

#include <gmock/gmock.h>
#include <google/protobuf/compiler/plugin.h>
#include <google/protobuf/compiler/plugin.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/plugin/parse_proto.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::compiler::CodeGeneratorRequest;
using google::protobuf::compiler::CodeGeneratorResponse;
using testing::HasSubstr;
using testing::Not;

// What protoc would get to know.
CodeGeneratorResponse Generate(const std::vector<std::pair<std::string, std::string>>& files,
                               const std::string& parameter = "") {
  CodeGeneratorRequest request;
  for (const auto& [name, text] : files) {
    *request.add_proto_file() = ParseProto(name, text);
    request.add_file_to_generate(name);
  }
  request.set_parameter(parameter);
  CodeGeneratorResponse response;
  std::string error;
  if (!google::protobuf::compiler::GenerateCode(request, Generator(), &response, &error)) {
    response.set_error(error.empty() ? "failed" : error);  // it has said why already
  }
  return response;
}

std::map<std::string, std::string> Contents(const CodeGeneratorResponse& response) {
  EXPECT_EQ(response.error(), "");
  std::map<std::string, std::string> contents;
  for (const auto& file : response.file()) contents[file.name()] = file.content();
  return contents;
}

long Lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

constexpr char kHead[] = "syntax = \"proto3\"; package p; message M {} ";

std::string WithServices(const std::string& services) {
  return kHead + services;
}

TEST(GeneratorTest, WritesTwoFilesForEach) {
  const auto contents = Contents(Generate({{"a/x.proto", WithServices("service S { rpc F(M) returns (M); }")},
                                           {"y.proto", "syntax = \"proto3\"; package q;"}}));
  std::vector<std::string> names;
  for (const auto& [name, content] : contents) names.push_back(name);
  EXPECT_THAT(names,
              testing::ElementsAre("a/x.connect.pb.cc", "a/x.connect.pb.h", "y.connect.pb.cc", "y.connect.pb.h"));
}

TEST(GeneratorTest, MocksAreAThirdFile) {
  const auto contents =
      Contents(Generate({{"a/x.proto", WithServices("service S { rpc F(M) returns (M); }")}}, "mocks"));
  EXPECT_EQ(contents.size(), 3u);
  EXPECT_EQ(contents.count("a/x_mock.connect.pb.h"), 1u);
}

TEST(GeneratorTest, DirectAddsTwoFiles) {
  const std::string file = WithServices("service S { rpc F(M) returns (M); }");
  const struct {
    const char* name;
    const char* parameter;
    size_t files;
  } cases[] = {
      {"beside the client", "direct", 4},
      {"beside the specs", "direct,client=false", 4},
      {"beside mocks", "mocks,direct", 5},
      {"off", "direct=false", 2},
  };
  for (const auto& c : cases) {
    const auto contents = Contents(Generate({{"a/x.proto", file}}, c.parameter));
    EXPECT_EQ(contents.size(), c.files) << c.name;
    const size_t direct = c.files == 2 ? 0 : 1;
    EXPECT_EQ(contents.count("a/x.connect.grpc.pb.h"), direct) << c.name;
    EXPECT_EQ(contents.count("a/x.connect.grpc.pb.cc"), direct) << c.name;
  }
}

// Clients stay free of libgrpc, and who mounts a service need not have its client.
TEST(GeneratorTest, DirectChangesNothingElse) {
  const std::string file = WithServices("service S { rpc F(M) returns (M); }");
  const auto without = Contents(Generate({{"x.proto", file}}));
  const auto with = Contents(Generate({{"x.proto", file}}, "direct"));
  for (const auto& [name, content] : without) EXPECT_EQ(with.at(name), content) << name;
  EXPECT_THAT(with.at("x.connect.grpc.pb.h"), HasSubstr("#include \"x.grpc.pb.h\""));
  EXPECT_THAT(with.at("x.connect.grpc.pb.h"), Not(HasSubstr("x.connect.pb.h")));
  EXPECT_THAT(with.at("x.connect.grpc.pb.cc"), Not(HasSubstr("x.connect.pb.h")));
}

TEST(GeneratorTest, DirectMountsEachKindOfMethod) {
  const struct {
    const char* name;
    const char* method;
    const char* opened;
    const char* added;
  } cases[] = {
      {"unary", "rpc F(M) returns (M);", "CONNECTRPC_OPEN_CALLBACK_UNARY_METHOD(p_S_F, ::p::M, ::p::M);",
       "AddUnary<::connectrpc::interop::p_S_F_Starter,\n                   ::connectrpc::interop::p_S_F_Allocator>(\n"
       "      \"F\", &::p::S::Service::F);"},
      {"client stream", "rpc F(stream M) returns (M);",
       "CONNECTRPC_OPEN_CALLBACK_METHOD(p_S_F, ClientStream, ::p::M, ::p::M);",
       "AddClientStream<::connectrpc::interop::p_S_F_Starter,\n      ::p::M, ::p::M>(\"F\");"},
      {"server stream", "rpc F(M) returns (stream M);",
       "CONNECTRPC_OPEN_CALLBACK_METHOD(p_S_F, ServerStream, ::p::M, ::p::M);",
       "AddServerStream<::connectrpc::interop::p_S_F_Starter,\n      ::p::M, ::p::M>(\"F\");"},
      {"bidi stream", "rpc F(stream M) returns (stream M);",
       "CONNECTRPC_OPEN_CALLBACK_METHOD(p_S_F, Bidi, ::p::M, ::p::M);",
       "AddBidi<::connectrpc::interop::p_S_F_Starter,\n      ::p::M, ::p::M>(\"F\");"},
  };
  for (const auto& c : cases) {
    const auto contents =
        Contents(Generate({{"x.proto", WithServices(std::string("service S { ") + c.method + " }")}}, "direct"));
    EXPECT_THAT(contents.at("x.connect.grpc.pb.cc"), HasSubstr(c.opened)) << c.name;
    EXPECT_THAT(contents.at("x.connect.grpc.pb.cc"), HasSubstr(c.added)) << c.name;
  }
}

TEST(GeneratorTest, DirectNamesClassesAsGrpcDoes) {
  const std::string file =
      "syntax = \"proto3\"; package p; message class { message In {} } "
      "service SClient { rpc SClient(class) returns (class.In); }";
  const auto contents = Contents(Generate({{"x.proto", file}}, "direct"));
  EXPECT_THAT(contents.at("x.connect.grpc.pb.h"), HasSubstr("ConnectDirect(\n    ::p::SClient::Service* service"));
  EXPECT_THAT(contents.at("x.connect.grpc.pb.cc"), HasSubstr("\"SClient\", &::p::SClient::Service::SClient);"));
  EXPECT_THAT(contents.at("x.connect.grpc.pb.cc"), HasSubstr("p_SClient_SClient, ::p::class_, ::p::class__In);"));
}

TEST(GeneratorTest, DirectNeedsTheNameOfItsFunction) {
  const struct {
    const char* name;
    const char* other;  // beside service S
    bool refused;
  } cases[] = {
      {"message", "message ConnectDirect {}", true},
      {"enum value", "enum E { ConnectDirect = 0; }", true},
      {"service", "service ConnectDirect {}", true},
      {"nested message", "message X { message ConnectDirect {} }", false},
      {"method", "service T { rpc ConnectDirect(M) returns (M); }", false},
  };
  for (const auto& c : cases) {
    const std::string file = WithServices(std::string(c.other) + " service S { rpc F(M) returns (M); }");
    const std::string error = Generate({{"x.proto", file}}, "direct").error();
    if (c.refused) {
      EXPECT_THAT(error, HasSubstr("something else is called ConnectDirect, as in package \"p\"")) << c.name;
    } else {
      EXPECT_EQ(error, "") << c.name;
    }
    EXPECT_EQ(Generate({{"x.proto", file}}).error(), "") << c.name;
  }
  EXPECT_EQ(Generate({{"x.proto", std::string(kHead) + "message ConnectDirect {}"}}, "direct").error(), "");
}

TEST(GeneratorTest, SaysTheSameEachTime) {
  const std::string services = WithServices("service S { rpc F(M) returns (M); } service T { rpc G(M) returns (M); }");
  const CodeGeneratorResponse first = Generate({{"x.proto", services}}, "mocks,coroutines,direct");
  const CodeGeneratorResponse second = Generate({{"x.proto", services}}, "direct,coroutines,mocks");
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
}

TEST(GeneratorTest, SupportsOptionalFields) {
  const CodeGeneratorResponse response = Generate({});
  EXPECT_TRUE(response.supported_features() & CodeGeneratorResponse::FEATURE_PROTO3_OPTIONAL);
}

// A service costs little to compile and to read.
TEST(GeneratorTest, IsShort) {
  const auto lines = [](const std::string& methods) {
    const auto contents = Contents(Generate({{"x.proto", WithServices("service S { " + methods + "}")}}));
    return Lines(contents.at("x.connect.pb.h")) + Lines(contents.at("x.connect.pb.cc"));
  };
  const long one = lines("rpc F(M) returns (M); ");
  EXPECT_LE(one, 150);
  std::string more = "rpc F(M) returns (M); ";
  for (int i = 0; i < 10; ++i) more += "rpc F" + std::to_string(i) + "(M) returns (M); ";
  EXPECT_LE(lines(more) - one, 10 * 15);
  more = "rpc F(M) returns (M); ";
  for (int i = 0; i < 10; ++i) more += "rpc F" + std::to_string(i) + "(stream M) returns (stream M); ";
  EXPECT_LE(lines(more) - one, 10 * 10);
}

TEST(GeneratorTest, DirectIsShort) {
  const auto lines = [](const std::string& methods) {
    const auto contents = Contents(Generate({{"x.proto", WithServices("service S { " + methods + "}")}}, "direct"));
    return Lines(contents.at("x.connect.grpc.pb.h")) + Lines(contents.at("x.connect.grpc.pb.cc"));
  };
  const long one = lines("rpc F(M) returns (M); ");
  EXPECT_LE(one, 50);
  std::string more = "rpc F(M) returns (M); ";
  for (int i = 0; i < 10; ++i) more += "rpc F" + std::to_string(i) + "(stream M) returns (stream M); ";
  EXPECT_LE(lines(more) - one, 10 * 4);
}

TEST(GeneratorTest, TiesTheCodeToTheLibrary) {
  const auto contents =
      Contents(Generate({{"x.proto", WithServices("service S { rpc F(M) returns (M); }")}}, "direct"));
  for (const char* header : {"x.connect.pb.h", "x.connect.grpc.pb.h"}) {
    EXPECT_THAT(contents.at(header), HasSubstr("static_assert(::connectrpc::kGeneratedCodeVersion == 1,\n"
                                               "              \"" +
                                               std::string(header) + " was generated for another version"));
  }
}

TEST(GeneratorTest, MessagesAreNamedAsByProtoc) {
  const auto contents =
      Contents(Generate({{"x.proto",
                          "syntax = \"proto3\"; package p.signed.v1; message class { message In { message A {} } } "
                          "service S { rpc F(class) returns (class.In); rpc G(class.In.A) returns (class); }"}}));
  const std::string& header = contents.at("x.connect.pb.h");
  EXPECT_THAT(header, HasSubstr("Result<::p::signed::v1::class__In> F(const ::p::signed::v1::class_& request"));
  EXPECT_THAT(header, HasSubstr("Result<::p::signed::v1::class_> G(const ::p::signed::v1::class__In_A& request"));
  EXPECT_THAT(header, HasSubstr("namespace signed {"));
}

TEST(GeneratorTest, RefusesOptions) {
  EXPECT_THAT(Generate({{"x.proto", kHead}}, "view").error(),
              HasSubstr("option \"view\" is unknown; there are client"));
}

TEST(GeneratorTest, RefusesFileNames) {
  EXPECT_THAT(Generate({{"a\"\n#error.proto", kHead}}).error(),
              HasSubstr("the file name \"a\\\"\\n#error.proto\" has characters that cannot stand in an #include"));
}

TEST(GeneratorTest, RefusesTypesThatAreNotThere) {
  const CodeGeneratorResponse response =
      Generate({{"x.proto", WithServices("service S { rpc F(M) returns (Gone); }")}});
  EXPECT_EQ(response.error(), "failed");
  EXPECT_EQ(response.file_size(), 0);
}

TEST(GeneratorTest, ReportsNamesThatMeet) {
  const struct {
    const char* name;
    const char* services;
    const char* parameter;
    const char* error;
  } cases[] = {
      {"a keyword and its escape", "service S { rpc new(M) returns (M); rpc new_(M) returns (M); }", "",
       "x.proto: service p.S: the rpc new and the rpc new_ would both be called new_ in C++"},
      {"the class and its escape", "service S { rpc SClient(M) returns (M); rpc SClient_(M) returns (M); }", "",
       "the rpc SClient and the rpc SClient_ would both be called SClient_"},
      {"a coroutine", "service S { rpc F(M) returns (M); rpc CoF(stream M) returns (M); }", "coroutines",
       "the rpc CoF and the coroutine form of the rpc F would both be called CoF"},
      {"gmock's own", "service S { rpc F(M) returns (M); rpc gmock_F(M) returns (M); }", "mocks",
       "the rpc gmock_F cannot be mocked"},
  };
  for (const auto& c : cases) {
    const CodeGeneratorResponse response = Generate({{"x.proto", WithServices(c.services)}}, c.parameter);
    EXPECT_THAT(response.error(), HasSubstr(c.error)) << c.name;
    EXPECT_EQ(response.file_size(), 0) << c.name;
  }
}

TEST(GeneratorTest, ClassesAvoidNamesOfThePackage) {
  const struct {
    const char* name;
    const char* other;  // beside service S
    const char* client;
  } cases[] = {
      {"none", "", "class SClient final"},
      {"message", "message SClient {}", "class SClient_ final"},
      {"nested message", "message X { message SClient {} }", "class SClient final"},
      {"enum", "enum SClient { ZERO = 0; }", "class SClient_ final"},
      {"enum value", "enum E { SClient = 0; }", "class SClient_ final"},
      {"value of a nested enum", "message X { enum E { SClient = 0; } }", "class SClient final"},
      {"service", "service SClient {}", "class SClient_ final"},
      {"both", "message SClient {} message SClient_ {}", "class SClient__ final"},
  };
  for (const auto& c : cases) {
    const auto contents =
        Contents(Generate({{"x.proto", WithServices(std::string(c.other) + " service S { rpc F(M) returns (M); }")}}));
    EXPECT_THAT(contents.at("x.connect.pb.h"), HasSubstr(c.client)) << c.name;
  }
}

TEST(GeneratorTest, ClassesAvoidNamesOfImports) {
  const std::string service =
      "syntax = \"proto3\"; package p; import \"y.proto\"; message M {} "
      "service S { rpc F(M) returns (M); }";
  const struct {
    const char* name;
    const char* imported;
    const char* client;
  } cases[] = {
      {"same package", "syntax = \"proto3\"; package p; message SClient {}", "class SClient_ final"},
      {"another package", "syntax = \"proto3\"; package q; message SClient {}", "class SClient final"},
      {"package within", "syntax = \"proto3\"; package p.SClient.v1;", "class SClient_ final"},
      {"package that begins alike", "syntax = \"proto3\"; package p2.SClient;", "class SClient final"},
      {"extension",
       "syntax = \"proto2\"; package p; message X { extensions 1 to 9; } "
       "extend X { optional int32 SClient = 1; }",
       "class SClient_ final"},
      {"classes of its services", "syntax = \"proto3\"; package p; service S2 {}", "class SClient final"},
  };
  for (const auto& c : cases) {
    const auto contents = Contents(Generate({{"y.proto", c.imported}, {"x.proto", service}}));
    EXPECT_THAT(contents.at("x.connect.pb.h"), HasSubstr(c.client)) << c.name;
  }
}

TEST(GeneratorTest, RefusesTheLibrarysPackage) {
  EXPECT_THAT(Generate({{"x.proto", "syntax = \"proto3\"; package connectrpc; message Error {}"}}).error(),
              HasSubstr("package connectrpc is the namespace of connect-cpp itself"));
  EXPECT_EQ(Generate({{"x.proto", "syntax = \"proto3\"; package connectrpc.v1; message Error {}"}}).error(), "");
}

TEST(GeneratorTest, RefusesMocksWhereStdIsSomethingElse) {
  const auto generate = [](const std::string& package, const std::string& message, const char* parameter) {
    return Generate({{"x.proto", "syntax = \"proto3\"; package " + package + "; message " + message +
                                     " {} service S { rpc F(" + message + ") returns (" + message + "); }"}},
                    parameter)
        .error();
  };
  EXPECT_THAT(generate("foo.std", "M", "mocks"), HasSubstr("no mocks can be generated for package foo.std"));
  EXPECT_THAT(generate("foo", "std", "mocks"), HasSubstr("no mocks can be generated for package foo"));
  EXPECT_EQ(generate("foo.std", "M", ""), "");
  EXPECT_EQ(generate("std", "M", "mocks"), "");
}

}  // namespace
}  // namespace connectrpc::plugin
