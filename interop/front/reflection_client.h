#ifndef CONNECTRPC_INTEROP_FRONT_REFLECTION_CLIENT_H_
#define CONNECTRPC_INTEROP_FRONT_REFLECTION_CLIENT_H_

#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "interop/front/descriptor_files.h"

namespace connectrpc::front {

// What a server says of itself by reflection.
struct ReflectedServices {
  std::vector<std::string> listed;       // all services that it names
  std::vector<std::string> undescribed;  // of these, or of those asked for, the ones it has no descriptor of
  DescriptorFiles files;
};

// Asks the server at the other end of `channel` for the named services, or for all that it lists, and for all that
// their files import: by grpc.reflection.v1, or v1alpha where the server does not know it. Blocks until `deadline` at
// most. `unavailable` when the server cannot be reached (yet), `deadline_exceeded` when it is too slow, `unimplemented`
// when it has no reflection, `invalid_argument` when what it says makes no sense.
absl::Status AskReflection(const std::shared_ptr<grpc::Channel>& channel, const std::vector<std::string>& services,
                           std::chrono::system_clock::time_point deadline, ReflectedServices* out);

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_REFLECTION_CLIENT_H_
