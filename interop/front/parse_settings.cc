#include "interop/front/parse_settings.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <exception>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "interop/front/option_table.h"

namespace connectrpc::front {
namespace {

namespace po = boost::program_options;

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

// Boost splits command line and file into names and values; what they mean is the table's.
class Parser {
 public:
  Parser() {
    for (OptionGroup& group : AllOptions()) {
      for (Option& option : group.options) {
        const std::string name = option.name;
        options_.emplace(name, std::move(option));
      }
    }
    for (const auto& [name, option] : options_) {
      const bool is_switch = option.kind == Option::Kind::kSwitch;
      const std::string boost_name = name == "help" ? "help,h" : name;
      const auto value = [] { return po::value<std::vector<std::string>>(); };
      on_line_.add_options()(boost_name.c_str(), is_switch ? value()->zero_tokens() : value(), "");
      if (option.in_file) in_file_.add_options()(name.c_str(), value(), "");
    }
  }

  absl::Status ParseLine(const std::vector<std::string>& arguments, Settings* settings) {
    try {
      // Guessing would let an option of tomorrow change what a command line of today means.
      const auto style = po::command_line_style::unix_style ^ po::command_line_style::allow_guessing;
      return Store(po::command_line_parser(arguments).options(on_line_).style(style).run(), "--", settings);
    } catch (const std::exception& error) {
      return Invalid(error.what());
    }
  }

  absl::Status ParseFile(const std::string& name, std::istream* file, Settings* settings) {
    try {
      const auto parsed = po::parse_config_file(*file, in_file_);
      if (file->bad()) return Invalid("--config: cannot read \"" + name + "\"");  // a directory, for one
      return Store(parsed, name + ": ", settings);
    } catch (const std::exception& error) {
      return Invalid(name + ": " + error.what());
    }
  }

 private:
  // `prefix` stands before names in errors. Options that an earlier call has stored are left out.
  absl::Status Store(const po::parsed_options& parsed, const std::string& prefix, Settings* settings) {
    std::set<std::string> seen;
    for (const auto& entry : parsed.options) {
      if (entry.string_key.empty()) return Invalid("unexpected argument \"" + entry.original_tokens.at(0) + "\"");
      const auto found = options_.find(entry.string_key);
      if (found == options_.end()) return Invalid("unknown option " + prefix + entry.string_key);
      const Option& option = found->second;
      if (stored_.count(option.name) != 0) continue;
      // The first value of a list replaces the default.
      if (seen.insert(option.name).second && option.clear) option.clear(settings);

      const std::string text = entry.value.empty() ? "on" : entry.value.back();
      const std::string expected = option.set(text, settings);
      if (expected.empty()) continue;
      return Invalid(prefix + option.name + ": \"" + text + "\" is not " + expected);
    }
    stored_.insert(seen.begin(), seen.end());
    return absl::OkStatus();
  }

  std::map<std::string, Option> options_;
  po::options_description on_line_;
  po::options_description in_file_;
  std::set<std::string> stored_;
};

absl::Status CheckPath(const char* option, const std::string& path) {
  if (path.empty() || path[0] == '/') return absl::OkStatus();
  return Invalid(std::string(option) + ": \"" + path + "\" does not begin with \"/\"");
}

absl::Status CheckTls(const TlsOptions& tls) {
  const bool has_key = !tls.private_key_file.empty();
  if (tls.enabled() && !has_key) return Invalid("--tls-cert needs --tls-key");
  if (has_key && !tls.enabled()) return Invalid("--tls-key needs --tls-cert");
  const bool verifies = tls.client_certificates != TlsOptions::ClientCertificates::kOff;
  if (verifies && !tls.enabled()) return Invalid("--tls-client-auth needs --tls-cert");
  if (verifies && tls.client_ca_file.empty()) return Invalid("--tls-client-auth needs --tls-client-ca");
  if (!verifies && !tls.client_ca_file.empty()) return Invalid("--tls-client-ca needs --tls-client-auth");
  return absl::OkStatus();
}

absl::Status CheckBackend(const Settings& settings) {
  const BackendSettings& backend = settings.backend;
  if (backend.target.empty())
    return Invalid("--backend is missing: the gRPC server to call, such as dns:///greeter:50051");
  if (settings.reflection == !settings.descriptor_set_file.empty()) {
    return Invalid(settings.reflection ? "--reflection and --descriptor-set exclude one another"
                                       : "one of --reflection and --descriptor-set FILE is needed");
  }
  if (!backend.tls && !(backend.ca_file + backend.certificate_file + backend.key_file).empty()) {
    return Invalid("--backend-ca, --backend-cert and --backend-key need --backend-tls");
  }
  if (backend.certificate_file.empty() != backend.key_file.empty()) {
    return Invalid("--backend-cert and --backend-key need one another");
  }
  return absl::OkStatus();
}

absl::Status CheckTogether(const Settings& settings) {
  if (settings.http.listen.empty()) return Invalid("--listen is missing: where to serve, such as 0.0.0.0:8080");
  for (const absl::Status& status :
       {CheckBackend(settings), CheckTls(settings.http.tls), CheckPath("--path-prefix", settings.http.path_prefix),
        CheckPath("--health-path", settings.health_path), CheckPath("--metrics-path", settings.metrics_path)}) {
    if (!status.ok()) return status;
  }
  if (!settings.health_path.empty() && settings.health_path == settings.metrics_path) {
    return Invalid("--health-path and --metrics-path are both \"" + settings.health_path + "\"");
  }
  return absl::OkStatus();
}

bool IsQuestion(const Settings& settings) {
  return settings.action == Settings::Action::kHelp || settings.action == Settings::Action::kVersion;
}

}  // namespace

absl::StatusOr<Settings> ParseSettings(const std::vector<std::string>& arguments, const std::string& file_name,
                                       std::istream* file) {
  Parser parser;
  Settings settings;
  absl::Status status = parser.ParseLine(arguments, &settings);
  if (!status.ok()) return status;
  if (IsQuestion(settings)) return settings;
  if (file != nullptr) status = parser.ParseFile(file_name, file, &settings);
  if (status.ok()) status = CheckTogether(settings);
  if (!status.ok()) return status;
  return settings;
}

absl::StatusOr<Settings> ParseSettings(const std::vector<std::string>& arguments) {
  Settings line;
  absl::Status status = Parser().ParseLine(arguments, &line);
  if (!status.ok()) return status;
  if (line.config_file.empty() || IsQuestion(line)) return ParseSettings(arguments, "", nullptr);
  std::ifstream file(line.config_file);
  if (!file) return Invalid("--config: cannot read \"" + line.config_file + "\"");
  return ParseSettings(arguments, line.config_file, &file);
}

std::string HelpText() {
  std::string text =
      "connect-front serves Connect, gRPC-Web and gRPC on HTTP/1.1 and HTTP/2 before gRPC servers.\n"
      "\n"
      "A server that offers reflection, for browsers of one site:\n"
      "  connect-front --listen 0.0.0.0:8080 --backend dns:///greeter:50051 --reflection \\\n"
      "      --cors-origin https://app.example.com\n"
      "  curl -H 'content-type: application/json' -d '{\"name\":\"Jane\"}' \\\n"
      "      http://localhost:8080/greet.v1.GreetService/Greet\n"
      "\n"
      "Three servers in turn, TLS, and what Kubernetes and Prometheus ask for:\n"
      "  connect-front --listen 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key \\\n"
      "      --backend ipv4:10.0.0.1:50051,10.0.0.2:50051,10.0.0.3:50051 --descriptor-set greet.binpb \\\n"
      "      --service-config '{\"loadBalancingConfig\":[{\"round_robin\":{}}]}' \\\n"
      "      --health-path /healthz --metrics-path /metrics --access-log\n"
      "\n"
      "Durations: 500ms, 30s, 5m, 2h. Sizes: 4096, 64KiB, 4MiB. NAMEs in lists: repeat, or separate by commas.\n"
      "In square brackets: the default.\n";
  const Settings defaults;
  for (const OptionGroup& group : AllOptions()) {
    size_t width = 0;
    for (const Option& option : group.options) {
      width = std::max(width, option.name.size() + option.argument.size() + 1);
    }
    text += "\n" + group.title + "\n";
    for (const Option& option : group.options) {
      std::string left = option.name + " " + option.argument;
      left.resize(width, ' ');
      const std::string value = option.kind == Option::Kind::kSwitch ? "" : option.show(defaults);
      text += "  --" + left + "  " + option.help + (value.empty() ? "" : " [" + value + "]") + "\n";
    }
  }
  text +=
      "\n"
      "Signals: SIGTERM and SIGINT stop accepting and let calls go on for --drain; a second one ends the process at\n"
      "once. SIGHUP reads the files of --tls-cert, --tls-key and --tls-client-ca again, and nothing else: what was\n"
      "learnt by --reflection, and all other options, stay until the next start.\n"
      "Exit status: 0 after a signal to stop, 1 when it cannot start, 2 for a wrong configuration.\n";
  return text;
}

}  // namespace connectrpc::front
