#ifndef CONNECTRPC_INTEROP_FRONT_FRONT_H_
#define CONNECTRPC_INTEROP_FRONT_FRONT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "connectrpc/server.h"
#include "interop/front/settings.h"

namespace connectrpc::front {

// Takes lines for whoever runs the program.
using Say = std::function<void(const std::string& line)>;

// A front end before gRPC servers, as the settings describe it: descriptors, channel, observers and HTTP server.
// Destroying it drains for Timeouts::shutdown.
class Front {
 public:
  virtual ~Front() = default;
  virtual HttpServer& server() = 0;
  // The services it offers.
  virtual const std::vector<std::string>& services() const = 0;
};

// Errors are one line. invalid_argument: the settings are wrong; others: what they name cannot be had, or not yet.
absl::StatusOr<std::unique_ptr<Front>> StartFront(const Settings& settings, const Say& say);

// Whether StartFront would find the settings wrong, as far as that can be told without reaching the backend or
// occupying the addresses. The same errors.
absl::Status CheckSettings(const Settings& settings);

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_FRONT_H_
