#ifndef CONNECTRPC_INTEROP_FRONT_SETTINGS_H_
#define CONNECTRPC_INTEROP_FRONT_SETTINGS_H_

#include <chrono>
#include <cstddef>
#include <string>

#include "connectrpc/server.h"

namespace connectrpc::front {

// The gRPC servers behind the front end, and how to reach them.
struct BackendSettings {
  std::string target;          // any gRPC target: "dns:///greeter:50051"
  std::string service_config;  // JSON, or the name of a file that holds it
  bool tls = false;
  std::string ca_file;  // empty: the system's
  std::string certificate_file;
  std::string key_file;
  std::string authority;
  std::chrono::milliseconds keepalive_time{0};  // 0: no pings
  std::chrono::milliseconds keepalive_timeout{20'000};
  std::chrono::milliseconds max_reconnect_backoff{5'000};
  size_t max_metadata_bytes = 16 * 1024;
};

// All that can be said to connect-front.
struct Settings {
  enum class Action { kServe, kCheck, kVersion, kHelp };

  // A process is given more time to drain than an object: what runs behind it is not known.
  Settings() { http.timeouts.shutdown = std::chrono::seconds(30); }

  Action action = Action::kServe;
  std::string config_file;
  HttpOptions http;  // services: empty for all that are found
  BackendSettings backend;
  bool reflection = false;
  std::string descriptor_set_file;
  std::chrono::milliseconds startup_timeout{60'000};  // 0: for ever
  std::string health_path;
  std::string metrics_path;
  bool access_log = false;
};

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_SETTINGS_H_
