#include "plugin/names.h"
#include "absl/strings/str_replace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "plugin/reserved_words.h"

namespace connectrpc::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

MethodNamesRequest Unary(std::vector<std::string> methods) {
  MethodNamesRequest request;
  request.service = "p.S";
  request.unary.assign(methods.size(), true);
  request.methods = std::move(methods);
  request.reserved = {"SMethods", "SClient", "transport_"};
  return request;
}

std::vector<std::string> Names(const MethodNamesRequest& request) {
  const absl::StatusOr<std::vector<MethodNames>> names = NameMethods(request);
  if (!names.ok()) return {std::string(names.status().message())};
  std::vector<std::string> result;
  for (const MethodNames& name : *names) result.push_back(name.name);
  return result;
}

std::string Complaint(const MethodNamesRequest& request) {
  const absl::StatusOr<std::vector<MethodNames>> names = NameMethods(request);
  return names.ok() ? "" : std::string(names.status().message());
}

TEST(NamesTest, WordsAreInOrder) {
  EXPECT_TRUE(std::is_sorted(std::begin(kKeywords), std::end(kKeywords)));
  EXPECT_TRUE(std::is_sorted(std::begin(kMacros), std::end(kMacros)));
}

TEST(NamesTest, Reserved) {
  for (const char* word : {"operator", "signed", "class", "co_await", "char8_t", "requires", "xor_eq",
                           "alignas",  "EOF",    "errno", "major",    "unix",    "ERROR",    "NULL",
                           "TRUE",     "assert", "_X",    "_Bool",    "__",      "__LINE__", "__func__"}) {
    EXPECT_TRUE(IsReserved(word)) << word;
  }
  for (const char* word :
       {"Greet", "final", "override", "import", "module", "_", "_x", "x__", "eof", "Error", "Operator", "", "errnos"}) {
    EXPECT_FALSE(IsReserved(word)) << word;
  }
}

TEST(NamesTest, MethodsKeepTheirNames) {
  EXPECT_THAT(Names(Unary({"Greet", "greet", "GREET", "_", "Call", "Transport", "Client", "final"})),
              ElementsAre("Greet", "greet", "GREET", "_", "Call", "Transport", "Client", "final"));
}

TEST(NamesTest, ReservedNamesGetAnUnderscore) {
  EXPECT_THAT(Names(Unary({"operator", "EOF", "__LINE__", "_Pragma", "SClient", "SMethods", "transport_"})),
              ElementsAre("operator_", "EOF_", "__LINE___", "_Pragma_", "SClient_", "SMethods_", "transport__"));
  MethodNamesRequest both = Unary({"operator"});
  both.reserved = {"operator_", "operator__"};
  EXPECT_THAT(Names(both), ElementsAre("operator___"));
}

TEST(NamesTest, NamesThatMeetAreReportedBoth) {
  EXPECT_EQ(Complaint(Unary({"signed", "Other", "signed_"})),
            "service p.S: the rpc signed and the rpc signed_ would both be called signed_ in C++; rename one of them");
  EXPECT_EQ(Complaint(Unary({"signed_", "signed"})),
            "service p.S: the rpc signed_ and the rpc signed would both be called signed_ in C++; rename one of them");
}

TEST(NamesTest, CoroutineForms) {
  MethodNamesRequest request = Unary({"Greet", "Stream", "signed", "CoStream"});
  request.unary[1] = false;
  absl::StatusOr<std::vector<MethodNames>> names = NameMethods(request);
  ASSERT_TRUE(names.ok());
  EXPECT_EQ((*names)[0].coroutine, "");

  request.coroutines = true;
  names = NameMethods(request);
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_EQ((*names)[0].coroutine, "CoGreet");
  EXPECT_EQ((*names)[1].coroutine, "");
  EXPECT_EQ((*names)[2].coroutine, "Cosigned");
  EXPECT_EQ((*names)[3].coroutine, "CoCoStream");

  request = Unary({"CoGreet", "Greet"});
  EXPECT_EQ(Complaint(request), "");
  request.coroutines = true;
  EXPECT_EQ(Complaint(request),
            "service p.S: the rpc CoGreet and the coroutine form of the rpc Greet would both be called CoGreet in C++; "
            "rename one of them, or generate without the option coroutines");
  request = Unary({"Client"});
  request.reserved = {"CoClient"};
  request.coroutines = true;
  names = NameMethods(request);
  ASSERT_TRUE(names.ok());
  EXPECT_EQ((*names)[0].coroutine, "CoClient_");
}

TEST(NamesTest, MocksRefuseNamesOfGmock) {
  MethodNamesRequest request = Unary({"Greet", "gmock_Greet"});
  EXPECT_EQ(Complaint(request), "");
  request.mocks = true;
  EXPECT_THAT(Complaint(request), HasSubstr("service p.S: the rpc gmock_Greet cannot be mocked"));
}

TEST(NamesTest, TakeName) {
  std::set<std::string> taken = {"A", "A_"};
  EXPECT_EQ(TakeName("B", &taken), "B");
  EXPECT_EQ(TakeName("A", &taken), "A__");
  EXPECT_EQ(TakeName("A", &taken), "A___");
}

TEST(NamesTest, StripProto) {
  EXPECT_EQ(StripProto("a/b.proto"), "a/b");
  EXPECT_EQ(StripProto("a/b.protodevel"), "a/b");
  EXPECT_EQ(StripProto("a.proto/b.txt"), "a.proto/b.txt");
  EXPECT_EQ(StripProto("b.proto.proto"), "b.proto");
}

TEST(NamesTest, ViewStem) {
  EXPECT_EQ(ViewStem("a/b.proto"), "a/b");
  for (const char* shipped : {"any", "api", "descriptor", "duration", "empty", "field_mask", "source_context", "struct",
                              "timestamp", "type", "wrappers"}) {
    const std::string stem = std::string("google/protobuf/") + shipped;
    EXPECT_EQ(ViewStem(stem + ".proto"), "connectrpc/views/" + stem);
  }
  // Not in libprotobuf, or not protobuf's.
  for (const char* other : {"google/protobuf/compiler/plugin", "google/protobuf/other", "google/rpc/status",
                            "timestamp", "x/google/protobuf/any"}) {
    EXPECT_EQ(ViewStem(std::string(other) + ".proto"), other);
  }
}

TEST(NamesTest, FileNames) {
  for (const char* name : {"a.proto", "a/b-c d.proto", "../x.proto", "g\xc3\xb6.proto"}) {
    EXPECT_TRUE(CheckFileName(name).ok()) << name;
  }
  for (const char* name : {"a\".proto", "a\\b.proto", "a\nb.proto", "a\rb.proto", "a\tb.proto", "a?\?/.proto",
                           "\xff.proto", "a\xe2\x80\xae.proto", "a.proto ", "a.proto\\"}) {
    EXPECT_FALSE(CheckFileName(name).ok()) << name;
  }
}

TEST(NamesTest, HeaderGuardsDiffer) {
  EXPECT_EQ(HeaderGuard("a/b.connect.pb.h"), "CONNECTRPC_GENERATED_a_2fb_2econnect_2epb_2eh");
  std::set<std::string> guards;
  const char* files[] = {"a_b.h", "a-b.h",  "a/b.h",       "a.b.h",      "a_5fb.h",
                         "A_b.h", "a__b.h", "a\xc3\xb6.h", "a\xc3\xb7.h"};
  for (const char* file : files) guards.insert(HeaderGuard(file));
  EXPECT_EQ(guards.size(), std::size(files));
}

TEST(NamesTest, MethodTags) {
  EXPECT_EQ(MethodTag("greet.v1.GreetService.Greet"), "greet_v1_GreetService_Greet");
  EXPECT_EQ(MethodTag("my_app.v1.S.F"), "my_5fapp_v1_S_F");
  EXPECT_EQ(MethodTag("Global.Call"), "Global_Call");
  EXPECT_EQ(MethodTag("INT.MAX"), "INT_MAX_");  // would be a macro
  EXPECT_EQ(MethodTag("signed.S.F"), "signed_S_F");
}

TEST(NamesTest, MethodTagsDiffer) {
  std::set<std::string> tags;
  const char* methods[] = {"a.b.C",   "a_b.C",   "a.b_C",  "a_b_C",   "a._b.C", "a_.b.C",  "a__b.C",   "a5f.b.C",
                           "a_5fb.C", "a.b5f.C", "_a.b.C", "a.b.C_",  "a.b._C", "INT.MAX", "INT.MAX_", "INT_.MAX",
                           "INT_MAX", "a.b_.C",  "a_b_.C", "a_.b_.C", "a.B.C",  "a.b.c"};
  for (const char* method : methods) EXPECT_TRUE(tags.insert(MethodTag(method)).second) << method;
}

TEST(NamesTest, Packages) {
  for (const char* package : {"", "p", "connectrpc.v1", "connectrpc.conformance.v1", "connectrpc2", "p.connectrpc"}) {
    EXPECT_TRUE(CheckPackage(package).ok()) << package;
  }
  EXPECT_FALSE(CheckPackage("connectrpc.client").ok());
  EXPECT_FALSE(CheckPackage("connectrpc.interop").ok());
  EXPECT_EQ(CheckPackage("connectrpc").message(),
            "package connectrpc is the namespace of connect-cpp itself, whose names its messages could meet; use "
            "another, such as connectrpc.v1");
}

// The packages that are refused are the namespaces of the public headers, whatever is added to those.
TEST(NamesTest, PackagesAreThoseOfTheHeaders) {
  std::set<std::string> refused;
  const std::filesystem::path include = std::filesystem::path(CONNECTRPC_TEST_DIR) / ".." / "include" / "connectrpc";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(include)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    const std::string opening = "namespace ";
    std::string outer;
    for (std::string line; std::getline(file, line);) {
      const size_t end = line.find(" {");
      if (line.rfind(opening, 0) != 0 || end < opening.size() || end + 2 != line.size()) continue;
      const std::string name = line.substr(opening.size(), end - opening.size());
      if (name == "google::protobuf") continue;  // declared ahead
      const bool outermost = name.rfind("connectrpc", 0) == 0;
      const std::string package = absl::StrReplaceAll(outermost ? name : outer + "." + name, {{"::", "."}});
      if (outermost) outer = package;
      refused.insert(package);
      EXPECT_FALSE(CheckPackage(package).ok()) << package << " in " << entry.path();
    }
  }
  EXPECT_EQ(refused.count("connectrpc"), 1u);
}

}  // namespace
}  // namespace connectrpc::plugin
