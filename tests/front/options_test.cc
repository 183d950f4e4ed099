// The options of connect-front: what each takes, where it comes from, and that help and documentation name them all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "interop/front/option_table.h"
#include "interop/front/parse_settings.h"

namespace connectrpc::front {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRoot[] = CONNECTRPC_TEST_DIR "/..";

const std::vector<std::string> kBase = {"--listen", ":8080", "--backend", "dns:///b:1", "--reflection"};

absl::StatusOr<Settings> Parse(std::vector<std::string> more) {
  more.insert(more.begin(), kBase.begin(), kBase.end());
  return ParseSettings(more);
}

absl::StatusOr<Settings> ParseWithFile(const std::vector<std::string>& line, const std::string& text) {
  std::istringstream file(text);
  return ParseSettings(line, "front.conf", &file);
}

std::string ReadFile(const std::string& name) {
  std::ifstream file(kRoot + ("/" + name));
  EXPECT_TRUE(file) << name;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::set<std::string> AllNames() {
  std::set<std::string> names;
  for (const OptionGroup& group : AllOptions()) {
    for (const Option& option : group.options) EXPECT_TRUE(names.insert(option.name).second) << option.name;
  }
  return names;
}

TEST(OptionsTest, GoodValues) {
  const struct {
    std::vector<std::string> arguments;
    std::function<bool(const Settings&)> holds;
  } cases[] = {
      {{}, [](const Settings& s) { return s.reflection && s.http.listen.size() == 1; }},
      {{"--listen", "unix:/a,b"}, [](const Settings& s) { return s.http.listen[1] == "unix:/a,b"; }},
      {{"--services", "a.B,c.D", "--services", "e.F"}, [](const Settings& s) { return s.http.services.size() == 3; }},
      {{"--limit-max-message-bytes=16MiB"},
       [](const Settings& s) { return s.http.limits.max_message_bytes == 16 << 20; }},
      {{"--limit-max-json-depth", "7"}, [](const Settings& s) { return s.http.limits.max_json_depth == 7; }},
      {{"--timeout-header-read", "1500ms"},
       [](const Settings& s) { return s.http.timeouts.header_read == milliseconds(1500); }},
      {{"--deadline-max", "5m"}, [](const Settings& s) { return s.http.deadlines.max == std::chrono::minutes(5); }},
      {{"--drain", "3"}, [](const Settings& s) { return s.http.timeouts.shutdown == std::chrono::seconds(3); }},
      {{"--json", "off"}, [](const Settings& s) { return !s.http.json.enabled; }},
      {{"--json", "off", "--json", "on"}, [](const Settings& s) { return s.http.json.enabled; }},
      {{"--compression-algorithms", "zstd"},
       [](const Settings& s) { return s.http.compression.algorithms == std::vector<std::string>{"zstd"}; }},
      {{"--cors-origin", "https://a.example,https://b.example", "--cors-credentials"},
       [](const Settings& s) { return s.http.cors.allow_origins.size() == 2 && s.http.cors.allow_credentials; }},
      {{"--cors-max-age", "1h"}, [](const Settings& s) { return s.http.cors.max_age == std::chrono::hours(1); }},
      {{"--tls-cert", "c", "--tls-key", "k", "--tls-client-auth", "required", "--tls-client-ca", "a"},
       [](const Settings& s) {
         return s.http.tls.client_certificates == TlsOptions::ClientCertificates::kRequired &&
                s.http.tls.certificate_chain_file == "c" && s.http.tls.private_key_file == "k" &&
                s.http.tls.client_ca_file == "a";
       }},
      {{"--backend-keepalive", "1m"},
       [](const Settings& s) { return s.backend.keepalive_time == std::chrono::minutes(1); }},
      {{"--check"}, [](const Settings& s) { return s.action == Settings::Action::kCheck; }},
      {{"-h"}, [](const Settings& s) { return s.action == Settings::Action::kHelp; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.arguments));
    const auto settings = Parse(c.arguments);
    ASSERT_TRUE(settings.ok()) << settings.status();
    EXPECT_TRUE(c.holds(*settings));
  }
}

TEST(OptionsTest, BadValuesNameOptionAndValue) {
  const struct {
    std::vector<std::string> arguments;
    std::vector<std::string> says;
  } cases[] = {
      {{"--limit-max-message-bytes", "4MB"}, {"--limit-max-message-bytes", "\"4MB\"", "4MiB"}},
      {{"--limit-max-resets", "1KiB"}, {"--limit-max-resets", "\"1KiB\"", "a number"}},
      {{"--limit-max-json-depth", "2147483648"}, {"--limit-max-json-depth", "2147483648"}},
      {{"--timeout-drain", "soon"}, {"--timeout-drain", "\"soon\"", "30s"}},
      {{"--cors-max-age", "1ms"}, {"--cors-max-age", "\"1ms\"", "whole seconds"}},
      {{"--json", "maybe"}, {"--json", "\"maybe\"", "on or off"}},
      {{"--tls-client-auth", "always"}, {"--tls-client-auth", "\"always\"", "required"}},
      {{"--loops", "-1"}, {"--loops", "\"-1\""}},
      {{"--services", "a.B,,c.D"}, {"--services"}},
      {{"--health-path", "healthz"}, {"--health-path", "\"healthz\""}},
      {{"--metrics-path", "/x", "--health-path", "/x"}, {"--metrics-path", "--health-path", "\"/x\""}},
      {{"--no-such-option"}, {"--no-such-option"}},
      {{"--limit-max-message"}, {"--limit-max-message"}},  // no guessing
      {{"--drain"}, {"--drain"}},
      {{"--access-log=yes"}, {"access-log"}},
      {{"stray"}, {"stray"}},
      {{"--config", "/no/such/file"}, {"--config", "/no/such/file"}},
      {{"--config", "/tmp"}, {"--config", "/tmp"}},
      {{"--descriptor-set", "x"}, {"--reflection", "--descriptor-set"}},
      {{"--tls-cert", "c"}, {"--tls-cert", "--tls-key"}},
      {{"--tls-key", "k"}, {"--tls-cert", "--tls-key"}},
      {{"--tls-client-auth", "optional"}, {"--tls-client-auth", "--tls-cert"}},
      {{"--tls-cert", "c", "--tls-key", "k", "--tls-client-auth", "optional"}, {"--tls-client-ca"}},
      {{"--tls-client-ca", "a"}, {"--tls-client-ca", "--tls-client-auth"}},
      {{"--backend-ca", "a"}, {"--backend-ca", "--backend-tls"}},
      {{"--backend-tls", "--backend-cert", "c"}, {"--backend-cert", "--backend-key"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.arguments));
    const auto settings = Parse(c.arguments);
    ASSERT_FALSE(settings.ok());
    const std::string message(settings.status().message());
    for (const std::string& part : c.says) EXPECT_THAT(message, HasSubstr(part));
    EXPECT_THAT(message, Not(HasSubstr("\n")));
  }
}

TEST(OptionsTest, WhatIsNeededIsNamed) {
  EXPECT_THAT(std::string(ParseSettings({"--backend", "b:1", "--reflection"}).status().message()),
              HasSubstr("--listen"));
  EXPECT_THAT(std::string(ParseSettings({"--listen", ":1", "--reflection"}).status().message()),
              HasSubstr("--backend"));
  EXPECT_THAT(std::string(ParseSettings({"--listen", ":1", "--backend", "b:1"}).status().message()),
              HasSubstr("--reflection"));
}

TEST(OptionsTest, CommandLineWinsOverTheFile) {
  const auto settings = ParseWithFile({"--backend", "line:1", "--cors-origin", "https://line.example", "--reflection"},
                                      "# a comment\n"
                                      "listen = :1\n"
                                      "listen = :2\n"
                                      "backend = file:1   # another\n"
                                      "cors-origin = https://file.example\n"
                                      "access-log = true\n"
                                      "cors-credentials = off\n"
                                      "timeout-drain = 7s\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->backend.target, "line:1");
  EXPECT_THAT(settings->http.listen, ElementsAre(":1", ":2"));
  EXPECT_THAT(settings->http.cors.allow_origins, ElementsAre("https://line.example"));
  EXPECT_TRUE(settings->access_log);
  EXPECT_FALSE(settings->http.cors.allow_credentials);
  EXPECT_EQ(settings->http.timeouts.drain, std::chrono::seconds(7));
}

TEST(OptionsTest, BadFilesNameFileOptionAndValue) {
  const struct {
    std::string text;
    std::vector<std::string> says;
  } cases[] = {
      {"drain = soon\n", {"front.conf", "drain", "\"soon\""}},
      {"access-log = maybe\n", {"front.conf", "access-log", "\"maybe\""}},
      {"no-such-option = 1\n", {"front.conf", "no-such-option"}},
      {"check = true\n", {"front.conf", "check"}},
      {"config = other.conf\n", {"front.conf", "config"}},
      {"[limit]\nmax-resets = 1\n", {"front.conf", "limit.max-resets"}},
      {"listen\n", {"front.conf", "listen"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto settings = ParseWithFile(kBase, c.text);
    ASSERT_FALSE(settings.ok());
    for (const std::string& part : c.says) EXPECT_THAT(std::string(settings.status().message()), HasSubstr(part));
  }
}

// Each option takes what it shows as its default, and from a file what it takes from the command line.
TEST(OptionsTest, DefaultsAreValuesOfTheirOptions) {
  const Settings defaults;
  for (const OptionGroup& group : AllOptions()) {
    for (const Option& option : group.options) {
      SCOPED_TRACE(option.name);
      EXPECT_FALSE(option.help.empty());
      EXPECT_EQ(option.argument.empty(), option.kind == Option::Kind::kSwitch);
      const std::string value = option.show(defaults);
      if (value.empty() || option.kind == Option::Kind::kSwitch) continue;
      EXPECT_TRUE(Parse({"--" + option.name, value}).ok());
      EXPECT_EQ(ParseWithFile(kBase, option.name + " = " + value + "\n").ok(), option.in_file);
      Settings settings;
      if (option.clear) option.clear(&settings);
      EXPECT_EQ(option.set(value, &settings), "");
      EXPECT_EQ(option.show(settings), value);
    }
  }
}

// Fields of a struct of a public header, as options spell them. Each has a line, and an initial value.
std::set<std::string> FieldsOf(const std::string& header, const std::string& name) {
  std::istringstream lines(ReadFile("include/connectrpc/" + header));
  std::set<std::string> fields;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "struct " + name + " {") inside = true;
    if (line == "};") inside = false;
    if (!inside || line.rfind("  //", 0) == 0) continue;
    const size_t end = std::min(line.find(" = "), line.find('{'));
    if (end == std::string::npos || line[0] != ' ') continue;
    std::string field = line.substr(0, end);
    field.erase(0, field.rfind(' ') + 1);
    std::replace(field.begin(), field.end(), '_', '-');
    fields.insert(field);
  }
  return fields;
}

TEST(OptionsTest, EveryLimitTimeoutAndDeadlineHasItsOption) {
  const std::set<std::string> names = AllNames();
  // connect-front has no handlers of its own.
  const std::set<std::string> of_handlers = {"max-handler-threads", "max-queued-calls"};
  const struct {
    const char* type;
    const char* prefix;
    size_t at_least;
  } structs[] = {{"Limits", "limit-", 25}, {"Timeouts", "timeout-", 17}, {"DeadlinePolicy", "deadline-", 4}};
  for (const auto& s : structs) {
    const std::set<std::string> fields = FieldsOf("limits.h", s.type);
    EXPECT_GE(fields.size(), s.at_least) << s.type;
    for (const std::string& field : fields) {
      const std::string name = field == "shutdown" ? "drain" : s.prefix + field;
      EXPECT_EQ(names.count(name), of_handlers.count(field) == 0 ? 1u : 0u) << name;
    }
  }
}

TEST(OptionsTest, HelpNamesEveryOptionInReadableLines) {
  const std::string help = HelpText();
  for (const std::string& name : AllNames()) EXPECT_THAT(help, HasSubstr("\n  --" + name + " ")) << name;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120u) << line;
}

TEST(OptionsTest, DocumentationNamesEveryOptionAndNoOther) {
  std::istringstream lines(ReadFile("docs/connect-front.md"));
  std::set<std::string> documented;
  for (std::string line; std::getline(lines, line);) {
    const std::string begin = "| `--";
    if (line.rfind(begin, 0) == 0) documented.insert(line.substr(begin.size(), line.find('`', 4) - begin.size()));
  }
  EXPECT_EQ(documented, AllNames());
}

TEST(OptionsTest, ExampleConfigurationIsValid) {
  const std::string example = ReadFile("examples/front/connect-front.conf");
  const auto settings = ParseWithFile({}, example);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_FALSE(settings->http.cors.allow_origins.empty());
  EXPECT_THAT(ReadFile("docs/connect-front.md"), HasSubstr("```ini\n" + example + "```"));
}

}  // namespace
}  // namespace connectrpc::front
