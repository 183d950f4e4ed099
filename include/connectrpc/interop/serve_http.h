#ifndef CONNECTRPC_INTEROP_SERVE_HTTP_H_
#define CONNECTRPC_INTEROP_SERVE_HTTP_H_

#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include <memory>

#include "absl/status/statusor.h"
#include "connectrpc/server.h"

namespace google::protobuf {
class DescriptorPool;
}

namespace connectrpc {

// Adds an HTTP front end to a started gRPC server: Connect, gRPC-Web and gRPC clients reach its handlers over HTTP/1.1
// and HTTP/2, whatever style they are written in (sync, callback, completion queue, generic). The server itself, its
// ports and its interceptors stay as they are.
//
//   std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
//   connectrpc::HttpOptions http;
//   http.listen = {"0.0.0.0:8080"};
//   auto front = connectrpc::ServeHttp(*server, http);
//   if (!front.ok()) { ... }   // wrong options fail here, never per request
//   server->Wait();
//
// Methods and message types are looked up among the descriptors linked into the program. `server` must be running and
// outlive the front end. Shut the front end down first: calls that come after the server was shut down end with
// `unavailable`, but one that is created in the very moment of the server's shutdown crashes gRPC versions without
// the fix of grpc/grpc#38645. Errors: invalid_argument for wrong options, not_found for an unknown service, unavailable
// when an address cannot be listened on.
//
// What handlers see: metadata, deadline and cancellation are the caller's. ServerContext::peer() is the in-process
// channel's, not the caller's; the caller's address, protocol and certificate come as metadata, which CallInfo reads
// (connectrpc/interop/call_info.h).
//
// gRPC's health service is offered without being linked. Reflection is where the server has registered it, or
// HttpOptions::reflection is set.
absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(grpc::Server& server, const HttpOptions& options);

// The same before any channel, such as one to a server elsewhere; the front end shares it.
absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(std::shared_ptr<grpc::Channel> channel,
                                                      const HttpOptions& options);

// The same for services that are not linked into the program, known by a descriptor pool alone: `options.services`
// names those to offer, since a pool cannot be listed. The pool outlives the front end and takes no more files
// meanwhile.
absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(std::shared_ptr<grpc::Channel> channel,
                                                      const google::protobuf::DescriptorPool& pool,
                                                      const HttpOptions& options);

}  // namespace connectrpc

#endif  // CONNECTRPC_INTEROP_SERVE_HTTP_H_
