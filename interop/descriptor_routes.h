#ifndef CONNECTRPC_INTEROP_DESCRIPTOR_ROUTES_H_
#define CONNECTRPC_INTEROP_DESCRIPTOR_ROUTES_H_

#include <google/protobuf/descriptor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "interop/channel_method.h"
#include "server/route_table.h"

namespace connectrpc::interop {

// A service that a front end offers.
struct OfferedService {
  const google::protobuf::ServiceDescriptor* descriptor;
  std::string called_as;  // the name by which the server behind is asked for it
};

// Every file that is linked into the program: those of the generated pool.
std::vector<const google::protobuf::FileDescriptor*> LinkedFiles();

// The named services, or all that are linked into the program where none is named; each once. not_found for a name that
// is not in `pool`.
//
// Of the standard services, health counts as linked always, and reflection where it is named. If the program links
// reflection in its older version only, as gRPC 1.51 has it, the newer one is offered with it and called as the older:
// nothing but the name of the package differs.
absl::StatusOr<std::vector<OfferedService>> FindOfferedServices(const std::vector<std::string>& names,
                                                                const google::protobuf::DescriptorPool& pool,
                                                                const google::protobuf::DescriptorPool& standard);

// Adds a channel route for each method of the services, where the path is not taken. `reasons` holds, by path, why
// methods of directly mounted services are not called directly.
//
// All routes are made now: looking up names of callers in the generated pool would let them fill its memory of unknown
// names.
void AddServiceRoutes(const std::vector<OfferedService>& services, const std::shared_ptr<ChannelTarget>& target,
                      const std::map<std::string, std::string>& reasons, server::RouteTable* routes);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DESCRIPTOR_ROUTES_H_
