#ifndef CONNECTRPC_INTEROP_DESCRIPTOR_ROUTES_H_
#define CONNECTRPC_INTEROP_DESCRIPTOR_ROUTES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "interop/channel_method.h"
#include "server/route_table.h"

namespace connectrpc::interop {

// Adds a channel route for each method of the named services, or of all services linked into the program where none is
// named. not_found for a name that is not linked.
//
// All routes are made now: looking up names of callers in the generated pool would let them fill its memory of unknown
// names.
absl::Status AddDescriptorRoutes(const std::vector<std::string>& services, const std::shared_ptr<ChannelTarget>& target,
                                 server::RouteTable* routes);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DESCRIPTOR_ROUTES_H_
