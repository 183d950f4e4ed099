#ifndef CONNECTRPC_INTEROP_REFLECTION_METHOD_H_
#define CONNECTRPC_INTEROP_REFLECTION_METHOD_H_

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "interop/descriptor_routes.h"
#include "interop/reflection_index.h"
#include "server/method_handler.h"
#include "server/route_table.h"

namespace connectrpc::interop {

// The longest request, as it was encoded. Beyond: the stream ends with resource_exhausted.
inline constexpr size_t kMaxReflectionRequestBytes = 16 * 1024;

// The method of server reflection, answered by the front end itself. v1 and v1alpha share the index; `method` tells
// JSON which of them it is.
class ReflectionMethod final : public server::MethodHandler {
 public:
  ReflectionMethod(std::shared_ptr<const ReflectionIndex> index, const google::protobuf::MethodDescriptor& method,
                   std::shared_ptr<const google::protobuf::DescriptorPool> pool)
      : index_(std::move(index)), method_(method), pool_(std::move(pool)) {}

  server::CallHandler* Start(server::Responder* responder) override;

 private:
  const std::shared_ptr<const ReflectionIndex> index_;
  const google::protobuf::MethodDescriptor& method_;
  const std::shared_ptr<const google::protobuf::DescriptorPool> pool_;  // lives as long as the method
};

// Adds reflection, in both versions, for the services and for itself. Where all that is linked is offered, it tells of
// all linked files, so that clients can read an Any and extensions; otherwise of what belongs to the services.
void AddReflectionRoutes(const std::vector<OfferedService>& services, const google::protobuf::DescriptorPool& pool,
                         const std::shared_ptr<const google::protobuf::DescriptorPool>& standard, bool all_linked,
                         server::RouteTable* routes);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_REFLECTION_METHOD_H_
