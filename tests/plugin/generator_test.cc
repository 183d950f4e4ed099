#include "plugin/generator.h"

#include <gmock/gmock.h>
#include <google/protobuf/compiler/plugin.h>
#include <google/protobuf/compiler/plugin.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
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

// What protoc would get to know. The code of the last file alone, or of all.
CodeGeneratorResponse Generate(const std::vector<std::pair<std::string, std::string>>& files,
                               const std::string& parameter = "", bool last_alone = false) {
  CodeGeneratorRequest request;
  for (const auto& [name, text] : files) {
    *request.add_proto_file() = ParseProto(name, text);
    if (!last_alone || &name == &files.back().first) request.add_file_to_generate(name);
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

TEST(GeneratorTest, RefusesViewsThatWouldMeetWhatImportsDoNotKnow) {
  const auto error = [](const std::string& package, const std::string& importer_package, const std::string& declared) {
    const std::string import = "syntax = \"proto3\"; package " + package + "; message Foo { message Bar {} }";
    const std::string importer =
        "syntax = \"proto3\"; package " + importer_package + "; import \"i.proto\"; " + declared;
    EXPECT_EQ(Generate({{"i.proto", import}, {"x.proto", importer}}).error(), "") << "without views";
    return Generate({{"i.proto", import}, {"x.proto", importer}}, "views").error();
  };
  const struct {
    const char* name;
    std::string importer_package;
    std::string declared;
    const char* view;
  } cases[] = {
      {"a message", "p", "message FooView {}", "FooView"},
      {"of a nested message", "p", "message Foo_BarView {}", "Foo_BarView"},
      {"an enum", "p", "enum FooView { A = 0; }", "FooView"},
      {"an enum's value", "p", "enum E { FooView = 0; }", "FooView"},
      {"a namespace", "p.FooView.v1", "message M {}", "FooView"},
      {"not taken by the import", "p", "message FooView_ {}", nullptr},
      {"in another package", "q", "message FooView {}", nullptr},
      {"in a package within", "p.q", "message FooView {}", nullptr},
      {"within another message", "p", "message M { message FooView {} enum E { FooV = 0; } }", nullptr},
  };
  for (const auto& c : cases) {
    const std::string got = error("p", c.importer_package, c.declared);
    if (c.view == nullptr) {
      EXPECT_EQ(got, "") << c.name;
    } else {
      EXPECT_THAT(got,
                  HasSubstr("which i.proto has, is called " + std::string(c.view) + " in C++, and so is something"))
          << c.name;
    }
  }
}

// Twice the same, although all that is in memory lies elsewhere.
TEST(GeneratorTest, MakesTheSameOfTheSame) {
  std::string fields;
  for (int i = 1; i < 200; ++i) {
    fields += "map<string, M" + std::to_string(i % 50) + "> f" + std::to_string(i) + " = " + std::to_string(i) + ";";
  }
  std::string text = "syntax = \"proto3\"; package p; import \"i.proto\"; message All {" + fields + "} ";
  for (int i = 0; i < 50; ++i) text += "message M" + std::to_string(i) + " { I i = 1; message N { E e = 1; } }";
  text += "enum E { A = 0; } service S { rpc F(M1) returns (M2.N); }";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"i.proto", "syntax = \"proto3\"; package p; message I {}"}, {"x.proto", text}};
  const auto first = Contents(Generate(files, "views,mocks,direct"));
  std::vector<std::unique_ptr<std::string>> between;
  for (int run = 0; run < 5; ++run) {
    for (size_t i = 0; i < 1000; ++i) between.push_back(std::make_unique<std::string>(i, 'x'));
    EXPECT_TRUE(Contents(Generate(files, "views,mocks,direct")) == first);
  }
}

// What takes the square of this would not end.
TEST(GeneratorTest, LargeFiles) {
  std::string fields = "syntax = \"proto3\"; message M {";
  for (int i = 1; i <= 65'536; ++i) {
    fields += "int32 f" + std::to_string(i) + " = " + std::to_string(i < 19'000 ? i : i + 1000) + ";";
  }
  EXPECT_GT(Lines(Contents(Generate({{"x.proto", fields + "}"}}, "views")).at("x.view.pb.cc")), 65'536);

  // Each leads to all that come after it, the last one to the first.
  constexpr int kMessages = 5000;
  std::string messages = "syntax = \"proto2\";";
  for (int i = 0; i < kMessages; ++i) {
    messages += "message M" + std::to_string(i) + " { optional M" + std::to_string((i + 1) % kMessages) + " m = 1; ";
    messages += i == 0 ? "required int32 r = 2; }" : "}";
  }
  EXPECT_GT(Lines(Contents(Generate({{"x.proto", messages}}, "views")).at("x.view.pb.h")), kMessages);
}

TEST(GeneratorTest, ImportsWithinEachOther) {
  constexpr int kFiles = 1000;
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < kFiles; ++i) {
    const std::string n = std::to_string(i);
    std::string text = "syntax = \"proto3\"; package p; ";
    if (i > 0) text += "import \"" + std::to_string(i - 1) + ".proto\"; ";
    text += "message M" + n + " { " + (i > 0 ? "M" + std::to_string(i - 1) + " m = 1;" : "") + " }";
    files.emplace_back(n + ".proto", text);
  }
  const auto contents = Contents(Generate(files, "views", true));
  EXPECT_EQ(contents.size(), 4U);
  EXPECT_THAT(contents.at("999.view.pb.h"), HasSubstr("#include \"998.view.pb.h\""));
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
