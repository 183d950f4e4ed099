#include "interop/front/backend.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>
#include <utility>

#include "interop/front/descriptor_files.h"
#include "interop/front/reflection_client.h"

namespace connectrpc::front {
namespace {

using std::chrono::milliseconds;

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

absl::Status ReadFile(const char* option, const std::string& name, std::string* text) {
  if (name.empty()) return absl::OkStatus();
  std::ifstream file(name, std::ios::binary);
  // Where the name is a directory's, the first read fails; iterators of the buffer would throw.
  if (file) static_cast<void>(file.peek());
  if (!file.is_open() || file.bad()) return Invalid(std::string(option) + ": cannot read \"" + name + "\"");
  std::ostringstream content;
  content << file.rdbuf();
  *text = content.str();
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const BackendSettings& settings) {
  if (!settings.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  for (const absl::Status& status : {ReadFile("--backend-ca", settings.ca_file, &ssl.pem_root_certs),
                                     ReadFile("--backend-cert", settings.certificate_file, &ssl.pem_cert_chain),
                                     ReadFile("--backend-key", settings.key_file, &ssl.pem_private_key)}) {
    if (!status.ok()) return status;
  }
  return grpc::SslCredentials(ssl);
}

absl::StatusOr<std::string> ServiceConfig(const std::string& option) {
  std::string json = option;
  const size_t start = option.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || option[start] != '{') {
    absl::Status status = ReadFile("--service-config", option, &json);
    if (!status.ok()) return status;
  }
  google::protobuf::Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &parsed);
  if (!status.ok()) {
    const std::string reason(status.message());
    return Invalid("--service-config: no JSON object: " + reason.substr(0, reason.find('\n')));
  }
  return json;
}

absl::StatusOr<grpc::ChannelArguments> Arguments(const BackendSettings& settings, int max_receive_bytes) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(max_receive_bytes);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE,
                   static_cast<int>(std::min<size_t>(settings.max_metadata_bytes, 1 << 30)));
  const auto ms = [](milliseconds duration) { return static_cast<int>(std::min<int64_t>(duration.count(), 1 << 30)); };
  if (settings.keepalive_time.count() > 0) {
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, ms(settings.keepalive_time));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ms(settings.keepalive_timeout));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  }
  // gRPC's own pauses grow to two minutes, long after a restarted backend is back.
  const int longest = std::max(100, ms(settings.max_reconnect_backoff));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, longest);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, std::min(500, longest));
  if (!settings.authority.empty()) {
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, settings.authority);
    if (settings.tls) arguments.SetSslTargetNameOverride(settings.authority);
  }
  if (!settings.service_config.empty()) {
    absl::StatusOr<std::string> config = ServiceConfig(settings.service_config);
    if (!config.ok()) return config.status();
    arguments.SetServiceConfigJSON(*config);
  }
  return arguments;
}

// What ServeHttp knows without descriptors.
constexpr char kHealth[] = "grpc.health.v1.Health";
constexpr const char* kStandardServices[] = {kHealth, "grpc.reflection.v1.ServerReflection",
                                             "grpc.reflection.v1alpha.ServerReflection"};

bool IsStandard(const std::string& service) {
  return std::find(std::begin(kStandardServices), std::end(kStandardServices), service) != std::end(kStandardServices);
}

// Those asked for, or all but reflection itself: whether the front end answers that is an option of its own. Of the
// rest, a backend that has no health service says so.
std::vector<std::string> Choose(const std::vector<std::string>& asked, const std::vector<std::string>& found) {
  if (!asked.empty()) return asked;
  std::vector<std::string> services = {kHealth};
  for (const std::string& name : found) {
    if (!IsStandard(name)) services.push_back(name);
  }
  return services;
}

// `origin` is where the descriptors come from, for errors.
absl::StatusOr<Schema> Build(const DescriptorFiles& files, const std::vector<std::string>& asked,
                             std::vector<std::string> services, const std::string& origin) {
  for (const std::string& name : services) {
    if (!IsStandard(name) && !files.DefinesService(name))
      return Invalid("--services: " + origin + " has no service \"" + name + "\"");
  }
  const bool only_standard = std::all_of(services.begin(), services.end(), IsStandard);
  if (only_standard && asked.empty()) return Invalid(origin + " has no services");
  auto pool = files.BuildPool();
  if (!pool.ok()) return Invalid(origin + ": " + std::string(pool.status().message()));
  return Schema{*std::move(pool), std::move(services)};
}

absl::StatusOr<Schema> ToSchema(const Settings& settings, const ReflectedServices& reflected,
                                const std::function<void(const std::string&)>& say) {
  std::vector<std::string> services;
  for (const std::string& name : Choose(settings.http.services, reflected.listed)) {
    const auto& undescribed = reflected.undescribed;
    const bool described = std::find(undescribed.begin(), undescribed.end(), name) == undescribed.end();
    if (!described && !IsStandard(name) && settings.http.services.empty()) {
      say("left out: the backend lists the service \"" + name + "\" but has no descriptor of it");
      continue;
    }
    services.push_back(name);
  }
  return Build(reflected.files, settings.http.services, std::move(services), "the backend's reflection");
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenBackend(const BackendSettings& settings, int max_receive_bytes) {
  auto credentials = Credentials(settings);
  if (!credentials.ok()) return credentials.status();
  auto arguments = Arguments(settings, max_receive_bytes);
  if (!arguments.ok()) return arguments.status();
  auto channel = grpc::CreateCustomChannel(settings.target, *credentials, *arguments);
  // gRPC answers nonsense with a channel that fails every call, and logs why. A real one begins idle.
  if (channel->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_IDLE) {
    return Invalid("--backend: gRPC cannot make a channel to \"" + settings.target +
                   "\" with these options (target, certificates, service config)");
  }
  return channel;
}

absl::StatusOr<Schema> ReadSchema(const Settings& settings) {
  const std::string& name = settings.descriptor_set_file;
  std::string bytes;
  absl::Status read = ReadFile("--descriptor-set", name, &bytes);
  if (!read.ok()) return read;
  const std::string origin = "--descriptor-set " + name;
  DescriptorFiles files;
  absl::Status added = files.AddSet(bytes);
  if (!added.ok()) return Invalid(origin + ": " + std::string(added.message()));
  const std::set<std::string> missing = files.Missing();
  if (!missing.empty()) {
    return Invalid(origin + " lacks \"" + *missing.begin() + "\", which is imported: make it with --include_imports");
  }
  return Build(files, settings.http.services, Choose(settings.http.services, files.Services()), origin);
}

absl::StatusOr<Schema> AskForSchema(const Settings& settings, const std::function<void(const std::string&)>& say) {
  constexpr milliseconds kAttempt{10'000};
  constexpr milliseconds kFirstPause{100};
  constexpr milliseconds kLongestPause{1'000};
  // A channel of its own: answers of handlers are not bounded, descriptors are.
  BackendSettings backend = settings.backend;
  backend.max_reconnect_backoff = std::min(backend.max_reconnect_backoff, kLongestPause);
  auto channel = OpenBackend(backend, static_cast<int>(DescriptorFiles::kMaxBytes));
  if (!channel.ok()) return channel.status();

  const auto start = std::chrono::steady_clock::now();
  bool said = false;
  for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    ReflectedServices reflected;
    const auto deadline = std::chrono::system_clock::now() + kAttempt;
    absl::Status status = AskReflection(*channel, settings.http.services, deadline, &reflected);
    const std::string reason(status.message());
    switch (status.code()) {
      case absl::StatusCode::kOk:
        return ToSchema(settings, reflected, say);
      case absl::StatusCode::kUnavailable:
      case absl::StatusCode::kDeadlineExceeded:
        break;
      case absl::StatusCode::kUnimplemented:
        return absl::FailedPreconditionError(
            "--reflection: the backend does not offer server reflection; use --descriptor-set");
      default:
        return absl::FailedPreconditionError("--reflection: " + reason);
    }
    const auto waited = std::chrono::steady_clock::now() - start;
    if (settings.startup_timeout.count() > 0 && waited + pause > settings.startup_timeout) {
      return absl::UnavailableError("--backend: no answer from " + settings.backend.target + ": " + reason);
    }
    if (!std::exchange(said, true)) say("waiting for the backend " + settings.backend.target + ": " + reason);
    // gRPC connects only while somebody waits for it; a connection that is there already is not what is missing.
    if ((*channel)->GetState(false) == GRPC_CHANNEL_READY) {
      std::this_thread::sleep_for(pause);
    } else {
      static_cast<void>((*channel)->WaitForConnected(std::chrono::system_clock::now() + pause));
    }
  }
}

}  // namespace connectrpc::front
