// connect-front as a program, before a gRPC server in a process of its own that knows nothing of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "front/process.h"
#include "support/http1_client.h"
#include "support/test_certificate.h"
#include "support/tls_client.h"

namespace connectrpc::test {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

// A running server of gRPC's own.
struct Backend {
  enum class Reflection { kNo, kYes };

  explicit Backend(Reflection reflection, const std::string& name = "one", int at = 0,
                   const std::vector<std::string>& more = {})
      : process([&] {
          std::vector<std::string> command = {reflection == Reflection::kYes ? REFLECTING_BACKEND : BACKEND,
                                              "127.0.0.1:" + std::to_string(at), name};
          command.insert(command.end(), more.begin(), more.end());
          return command;
        }()),
        port(PortOf(process.WaitForLine("listening on"))) {}

  Process process;
  int port;
};

constexpr auto kPlain = Backend::Reflection::kNo;
constexpr auto kReflection = Backend::Reflection::kYes;

std::vector<std::string> FrontCommand(int backend_port, std::vector<std::string> more) {
  std::vector<std::string> command = {FRONT, "--listen", "127.0.0.1:0", "--backend",
                                      "dns:///127.0.0.1:" + std::to_string(backend_port)};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

struct Front {
  Front(int backend_port, std::vector<std::string> more)
      : process(FrontCommand(backend_port, std::move(more))), port(PortOf(process.WaitForLine("serving"))) {}

  HttpResponse Get(const std::string& target) {
    HttpRequest request;
    request.method = "GET";
    request.target = target;
    return Http1Client(port).Exchange(request);
  }
  HttpResponse Post(const std::string& target, const std::string& json) {
    HttpRequest request;
    request.target = target;
    request.headers = {{"content-type", "application/json"}};
    request.body = json;
    return Http1Client(port).Exchange(request);
  }
  HttpResponse Say(const std::string& json) { return Post("/front.test.Backend/Say", json); }

  Process process;
  int port;
};

// What it says before it exits, for command lines that cannot be served.
struct Ended {
  explicit Ended(const std::vector<std::string>& command) {
    Process process(command);
    status = process.Wait();
    output = process.Output();
  }
  int status;
  std::string output;
};

// The name of a file of this process with that content.
std::string WriteFile(const std::string& name, const std::string& content) {
  const std::string path = ::testing::TempDir() + "/front_" + std::to_string(getpid()) + "_" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

CertificateSpec Named(const std::string& name) {
  CertificateSpec spec;
  spec.common_name = name;
  spec.alternative_names = "DNS:" + name;
  return spec;
}

const char* const kGet = "/front.test.Backend/Look?connect=v1&encoding=json&message=%7B%22text%22%3A%22got%22%7D";

class SchemaTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::vector<std::string> Schema() const {
    return GetParam() == std::string("reflection") ? std::vector<std::string>{"--reflection"}
                                                   : std::vector<std::string>{"--descriptor-set", WHOLE_SET};
  }
};
INSTANTIATE_TEST_SUITE_P(, SchemaTest, ::testing::Values("reflection", "descriptor_set"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(SchemaTest, JsonAndGetReachTheBackend) {
  Backend backend(kReflection);
  Front front(backend.port, Schema());

  const HttpResponse said = front.Say(R"({"text":"hi"})");
  EXPECT_EQ(said.status, 200);
  EXPECT_EQ(said.body, R"({"text":"hi","server":"one","payload":{"number":"1"}})");

  const HttpResponse got = front.Get(kGet);
  EXPECT_EQ(got.status, 200);
  EXPECT_THAT(got.body, HasSubstr(R"("text":"got")"));
  // Say has side effects.
  EXPECT_EQ(front.Get("/front.test.Backend/Say?connect=v1&encoding=json&message=%7B%7D").status, 405);

  // Types within Any come from the same descriptors.
  const std::string any = R"("any":{"@type":"type.googleapis.com/front.test.Payload","number":"7"})";
  EXPECT_THAT(front.Say("{" + any + "}").body, HasSubstr(any));

  const HttpResponse failed = front.Say(R"({"code":5,"text":"no such thing"})");
  EXPECT_EQ(failed.status, 404);
  EXPECT_EQ(failed.body, R"({"code":"not_found","message":"no such thing"})");
  EXPECT_EQ(front.Post("/front.test.Backend/Unknown", "{}").status, 404);
}

TEST_P(SchemaTest, OnlyTheNamedServicesAreOffered) {
  Backend backend(kReflection);
  auto arguments = Schema();
  arguments.insert(arguments.end(), {"--services", "grpc.health.v1.Health"});
  Front front(backend.port, arguments);
  EXPECT_EQ(front.Say("{}").status, 404);
}

TEST_P(SchemaTest, ServiceThatIsNotThereIsAnError) {
  Backend backend(kReflection);
  auto arguments = Schema();
  arguments.insert(arguments.end(), {"--services", "front.test.NoSuch"});
  const Ended ended(FrontCommand(backend.port, arguments));
  EXPECT_THAT(ended.output, HasSubstr("front.test.NoSuch"));
  EXPECT_NE(ended.status, 0);
}

// The descriptor set knows more services than the backend has: it is the backend that says so.
TEST(DescriptorSetTest, ServiceThatTheBackendLacksIsUnimplemented) {
  Backend backend(kPlain);
  Front front(backend.port, {"--descriptor-set", WHOLE_SET});
  const HttpResponse response = front.Post("/front.test.Another/Say", "{}");
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.body, HasSubstr(R"("code":"unimplemented")"));
}

TEST(DescriptorSetTest, BadFilesAreErrors) {
  const std::string garbage = WriteFile("garbage.binpb", "\x0a\x05 this is no descriptor set");
  const std::string empty = WriteFile("empty.binpb", "");
  const struct {
    const char* name;
    std::string file;
    const char* says;
  } cases[] = {
      {"none", "/no/such/file", "cannot read"},
      {"directory", "/tmp", "cannot read"},
      {"garbage", garbage, "no FileDescriptorSet"},
      {"empty", empty, "no FileDescriptorSet"},
      {"without imports", PARTIAL_SET, "--include_imports"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (const std::string action : {"", "--check"}) {
      auto command = FrontCommand(1, {"--descriptor-set", c.file});
      if (!action.empty()) command.push_back(action);
      const Ended ended(command);
      EXPECT_EQ(ended.status, 2);
      EXPECT_THAT(ended.output, StartsWith("connect-front: --descriptor-set"));
      EXPECT_THAT(ended.output, HasSubstr(c.says));
    }
  }
}

TEST(ReflectionTest, BackendThatComesLaterIsWaitedFor) {
  int port;
  {
    Backend backend(kPlain);
    port = backend.port;
  }
  Process front(FrontCommand(port, {"--reflection"}));
  EXPECT_THAT(front.WaitForLine("waiting for the backend"), HasSubstr(std::to_string(port)));
  Backend backend(kReflection, "late", port);
  const int http_port = PortOf(front.WaitForLine("serving"));
  HttpRequest request;
  request.target = "/front.test.Backend/Say";
  request.headers = {{"content-type", "application/json"}};
  request.body = "{}";
  EXPECT_THAT(Http1Client(http_port).Exchange(request).body, HasSubstr(R"("server":"late")"));
}

TEST(ReflectionTest, BackendThatDoesNotComeIsAnError) {
  int port;
  {
    Backend backend(kPlain);
    port = backend.port;
  }
  const Ended ended(FrontCommand(port, {"--reflection", "--startup-timeout", "300ms"}));
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.output, HasSubstr("no answer from dns:///127.0.0.1:" + std::to_string(port)));
}

TEST(ReflectionTest, BackendWithoutReflectionIsAnError) {
  Backend backend(kPlain);
  const Ended ended(FrontCommand(backend.port, {"--reflection"}));
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.output, HasSubstr("use --descriptor-set"));
}

TEST(ReflectionTest, SignalWhileWaitingEndsTheProcess) {
  Process front(FrontCommand(1, {"--reflection"}));
  front.WaitForLine("waiting for the backend");
  front.Signal(SIGTERM);
  EXPECT_EQ(front.Wait(), 128 + SIGTERM);
}

TEST(BackendTest, LossIsUnavailableAndRecoveryNeedsNoRestart) {
  auto backend = std::make_unique<Backend>(kPlain);
  const int port = backend->port;
  Front front(port, {"--descriptor-set", WHOLE_SET, "--backend-max-backoff", "100ms"});
  EXPECT_EQ(front.Say("{}").status, 200);
  backend.reset();
  const HttpResponse lost = front.Say("{}");
  EXPECT_EQ(lost.status, 503);
  EXPECT_THAT(lost.body, HasSubstr(R"("code":"unavailable")"));

  backend = std::make_unique<Backend>(kPlain, "back", port);
  HttpResponse response;
  for (int i = 0; i < 100'000 && response.status != 200; ++i) response = front.Say("{}");
  EXPECT_THAT(response.body, HasSubstr(R"("server":"back")"));
}

TEST(BackendTest, TlsVerifiesTheBackend) {
  const TestCertificate made = MakeCertificate(Named("backend.test"));
  const std::string certificate = WriteFile("backend.crt", made.pem), key = WriteFile("backend.key", made.key_pem);
  Backend backend(kPlain, "one", 0, {certificate, key});
  const std::vector<std::string> base = {"--descriptor-set", WHOLE_SET, "--backend-tls", "--backend-authority",
                                         "backend.test"};
  auto arguments = base;
  arguments.insert(arguments.end(), {"--backend-ca", certificate});
  Front front(backend.port, arguments);
  EXPECT_EQ(front.Say("{}").status, 200);

  Front suspicious(backend.port, base);  // the system's roots do not know it
  EXPECT_EQ(suspicious.Say("{}").status, 503);
  arguments[4] = "other.test";
  Front other(backend.port, arguments);
  EXPECT_EQ(other.Say("{}").status, 503);
}

TEST(TlsTest, CertificatesAreReadAgainOnSighup) {
  Backend backend(kPlain);
  const TestCertificate first = MakeCertificate(Named("first.test"));
  const std::string certificate = WriteFile("front.crt", first.pem), key = WriteFile("front.key", first.key_pem);
  Front front(backend.port, {"--descriptor-set", WHOLE_SET, "--tls-cert", certificate, "--tls-key", key});
  const auto name_of_server = [&front] {
    auto connection = std::make_unique<TlsClient>(front.port, TlsPeerOptions());
    const std::string name = connection->peer().server_name();
    HttpRequest request;
    request.target = "/front.test.Backend/Say";
    request.headers = {{"content-type", "application/json"}};
    request.body = "{}";
    EXPECT_EQ(Http1Client(std::move(connection)).Exchange(request).status, 200);
    return name;
  };
  EXPECT_EQ(name_of_server(), "first.test");

  WriteFile("front.crt", "no certificate");
  front.process.Signal(SIGHUP);
  front.process.WaitForLine("certificates stay as they were");
  EXPECT_EQ(name_of_server(), "first.test");

  const TestCertificate second = MakeCertificate(Named("second.test"));
  WriteFile("front.crt", second.pem);
  WriteFile("front.key", second.key_pem);
  front.process.Signal(SIGHUP);
  front.process.WaitForLine("certificates were read again");
  EXPECT_EQ(name_of_server(), "second.test");
}

// By the program itself: one connect-front learns from another.
TEST(ReflectionTest, IsServedToClients) {
  Backend backend(kPlain);
  Front plain(backend.port, {"--descriptor-set", WHOLE_SET});
  Front reflecting(backend.port, {"--descriptor-set", WHOLE_SET, "--reflection-serve"});
  Front second(reflecting.port, {"--reflection"});
  EXPECT_EQ(second.Say(R"({"text":"hi"})").status, 200);
  EXPECT_EQ(Ended(FrontCommand(plain.port, {"--reflection"})).status, 1);
}

TEST(PagesTest, HealthFollowsTheChannel) {
  auto backend = std::make_unique<Backend>(kPlain);
  const int port = backend->port;
  Front front(port, {"--descriptor-set", WHOLE_SET, "--backend-max-backoff", "100ms", "--health-path", "/healthz"});
  EXPECT_EQ(front.Say("{}").status, 200);
  EXPECT_EQ(front.Get("/healthz").status, 200);
  EXPECT_EQ(front.Post("/healthz", "").status, 405);
  backend.reset();
  EXPECT_EQ(front.Say("{}").status, 503);
  HttpResponse response;
  for (int i = 0; i < 100'000 && response.status != 503; ++i) response = front.Get("/healthz");
  EXPECT_EQ(response.status, 503);
  backend = std::make_unique<Backend>(kPlain, "back", port);
  for (int i = 0; i < 100'000 && response.status != 200; ++i) response = front.Get("/healthz");
  EXPECT_EQ(response.status, 200);
}

TEST(PagesTest, MetricsAndAccessLogTellOfCalls) {
  Backend backend(kPlain);
  Front front(backend.port, {"--descriptor-set", WHOLE_SET, "--metrics-path", "/metrics", "--access-log"});
  front.Say("{}");
  front.Say(R"({"code":5,"text":"no \"such\" thing"})");
  const HttpResponse metrics = front.Get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(Find(metrics.headers, "content-type").value_or(""), StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(
      metrics.body,
      HasSubstr("connectrpc_calls_total{method=\"front.test.Backend/Say\",protocol=\"connect\",code=\"ok\"} 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("code=\"not_found\"} 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\nconnectrpc_connections "));

  EXPECT_THAT(front.process.WaitForLine("\"code\":\"ok\""), HasSubstr("\"method\":\"front.test.Backend/Say\""));
  EXPECT_THAT(front.process.WaitForLine("\"code\":\"not_found\""), HasSubstr(R"("message":"no \"such\" thing")"));
}

TEST(StopTest, RunningCallsFinishWithinTheDrain) {
  Backend backend(kPlain);
  Front front(backend.port, {"--descriptor-set", WHOLE_SET});
  Http1Client client(front.port);
  HttpRequest request;
  request.target = "/front.test.Backend/Say";
  request.headers = {{"content-type", "application/json"}};
  request.open = true;
  ASSERT_TRUE(client.Send(request));
  ASSERT_TRUE(client.SendChunk("{"));
  // Another call on the same loops has been answered: the first one's head has arrived by then, or is read before the
  // end of listening.
  EXPECT_EQ(front.Say("{}").status, 200);
  EXPECT_EQ(front.Say("{}").status, 200);
  front.process.Signal(SIGTERM);
  front.process.WaitForLine("stopping");
  ASSERT_TRUE(client.SendChunk("}"));
  ASSERT_TRUE(client.SendChunk(""));
  EXPECT_EQ(client.ReadResponse().status, 200);
  client.tcp().Close();
  EXPECT_EQ(front.process.Wait(), 0);
}

TEST(StopTest, CallsAreCutOffAfterTheDrain) {
  Backend backend(kPlain);
  Front front(backend.port, {"--descriptor-set", WHOLE_SET, "--drain", "50ms", "--loops", "1"});
  Http1Client client(front.port);
  HttpRequest request;
  request.target = "/front.test.Backend/Say";
  request.headers = {{"content-type", "application/json"}};
  request.body = R"({"wait":true})";
  ASSERT_TRUE(client.Send(request));
  EXPECT_EQ(front.Say("{}").status, 200);  // on the same loop
  front.process.Signal(SIGTERM);
  front.process.WaitForLine("cut off");
  EXPECT_EQ(front.process.Wait(), 0);
}

TEST(StopTest, SecondSignalCutsAtOnce) {
  Backend backend(kPlain);
  Front front(backend.port, {"--descriptor-set", WHOLE_SET, "--drain", "1h", "--loops", "1"});
  Http1Client client(front.port);
  HttpRequest request;
  request.target = "/front.test.Backend/Say";
  request.headers = {{"content-type", "application/json"}};
  request.body = R"({"wait":true})";
  ASSERT_TRUE(client.Send(request));
  EXPECT_EQ(front.Say("{}").status, 200);  // on the same loop
  front.process.Signal(SIGTERM);
  front.process.WaitForLine("stopping");
  front.process.Signal(SIGINT);
  EXPECT_EQ(front.process.Wait(), 128 + SIGINT);
}

TEST(StopTest, ReloadingWithoutTlsChangesNothing) {
  Backend backend(kPlain);
  Front front(backend.port, {"--descriptor-set", WHOLE_SET});
  front.process.Signal(SIGHUP);
  front.process.WaitForLine("certificates stay as they were");
  EXPECT_EQ(front.Say("{}").status, 200);
}

TEST(CommandLineTest, WrongConfigurationIsOneLineAndStatusTwo) {
  const struct {
    const char* name;
    std::vector<std::string> more;
    const char* says;
  } cases[] = {
      {"unknown option", {"--lisen", "x"}, "--lisen"},
      {"bad value", {"--limit-max-message-bytes", "4MB"}, "--limit-max-message-bytes: \"4MB\""},
      {"out of range", {"--limit-max-message-bytes", "0"}, "max_message_bytes"},
      {"bad address", {"--listen", "nonsense"}, "nonsense"},
      {"bad service config", {"--service-config", "{\"loadBalancingConfig\""}, "--service-config"},
      {"service config of nonsense", {"--service-config", "{\"methodConfig\":1}"}, "service config"},
      {"no service config", {"--service-config", "/no/such/file"}, "/no/such/file"},
      {"no CA", {"--backend-tls", "--backend-ca", "/no/such/ca"}, "/no/such/ca"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (const bool check : {true, false}) {
      std::vector<std::string> more = {"--descriptor-set", WHOLE_SET};
      more.insert(more.end(), c.more.begin(), c.more.end());
      if (check) more.push_back("--check");
      const Ended ended(FrontCommand(1, more));
      EXPECT_EQ(ended.status, 2);
      EXPECT_THAT(ended.output, MatchesRegex("([EI][0-9][^\n]*\n)?connect-front: [^\n]*\n"));  // gRPC logs, too
      EXPECT_THAT(ended.output, HasSubstr(c.says));
    }
  }
}

TEST(CommandLineTest, CheckNeedsNeitherBackendNorPort) {
  Backend backend(kPlain);
  const std::string taken = "127.0.0.1:" + std::to_string(backend.port);
  for (const std::vector<std::string>& schema :
       {std::vector<std::string>{"--reflection"}, std::vector<std::string>{"--descriptor-set", WHOLE_SET}}) {
    std::vector<std::string> command = {FRONT, "--listen", taken, "--backend", "dns:///127.0.0.1:1", "--check"};
    command.insert(command.end(), schema.begin(), schema.end());
    const Ended ended(command);
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_EQ(ended.output, "connect-front: the configuration is valid\n");
  }
}

TEST(CommandLineTest, AddressInUseIsNoWrongConfiguration) {
  Backend backend(kPlain);
  const std::string taken = "127.0.0.1:" + std::to_string(backend.port);
  const Ended ended({FRONT, "--listen", taken, "--backend", taken, "--descriptor-set", WHOLE_SET});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.output, HasSubstr(taken));
}

TEST(CommandLineTest, HelpAndVersion) {
  const Ended help({FRONT, "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("--listen"));
  const Ended version({FRONT, "--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.output, MatchesRegex("connect-front [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace connectrpc::test
