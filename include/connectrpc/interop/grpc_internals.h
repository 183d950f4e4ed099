#ifndef CONNECTRPC_INTEROP_GRPC_INTERNALS_H_
#define CONNECTRPC_INTEROP_GRPC_INTERNALS_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/message_allocator.h>
#include <grpcpp/support/method_handler.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/version_info.h>

#include <functional>

#if __has_include(<grpcpp/impl/server_callback_handlers.h>)
#include <grpcpp/impl/server_callback_handlers.h>
#else
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#endif

#include "connectrpc/interop/opened.h"

// What connect-cpp knows of the insides of gRPC's server: what a direct call of a handler needs and gRPC keeps private.
// Each member is named here or, where no generated code needs it, in interop/server_internals.cc, and nowhere else; a
// gRPC without it does not compile.
#if GRPC_CPP_VERSION_MAJOR != 1 || GRPC_CPP_VERSION_MINOR < 51
#error \
    "connect-cpp calls handlers directly with gRPC C++ 1.51 and later 1.x only: leave the plugin's option `direct` off"
#endif

namespace connectrpc::interop {

// What gRPC keeps of a callback method: the handlers by kind, and the type of the function that starts a call.
template <class Request, class Response>
struct CallbackUnaryTypes {
  using Handler = grpc::internal::CallbackUnaryHandler<Request, Response>;
  using Starter = std::function<grpc::ServerUnaryReactor*(grpc::CallbackServerContext*, const Request*, Response*)>;
};
template <class Request, class Response>
struct CallbackClientStreamTypes {
  using Handler = grpc::internal::CallbackClientStreamingHandler<Request, Response>;
  using Starter = std::function<grpc::ServerReadReactor<Request>*(grpc::CallbackServerContext*, Response*)>;
};
template <class Request, class Response>
struct CallbackServerStreamTypes {
  using Handler = grpc::internal::CallbackServerStreamingHandler<Request, Response>;
  using Starter = std::function<grpc::ServerWriteReactor<Response>*(grpc::CallbackServerContext*, const Request*)>;
};
template <class Request, class Response>
struct CallbackBidiTypes {
  using Handler = grpc::internal::CallbackBidiHandler<Request, Response>;
  using Starter = std::function<grpc::ServerBidiReactor<Request, Response>*(grpc::CallbackServerContext*)>;
};

}  // namespace connectrpc::interop

// For generated code, once for each method, outside of all namespaces: opens the handler of a callback method of that
// kind (Unary, ClientStream, ServerStream, Bidi). `Name` is unique in the program: greet_v1_GreetService_Greet.
#define CONNECTRPC_OPEN_CALLBACK_METHOD(Name, Kind, Request, Response)                 \
  namespace connectrpc::interop {                                                      \
  struct Name##_Starter {                                                              \
    using Types = Callback##Kind##Types<Request, Response>;                            \
    using Type = Types::Starter Types::Handler::*;                                     \
    friend Type Opened(Name##_Starter);                                                \
  };                                                                                   \
  template struct Open<Name##_Starter, &Name##_Starter::Types::Handler::get_reactor_>; \
  }                                                                                    \
  static_assert(true, "")
// The same for unary methods, whose messages may come from an allocator.
#define CONNECTRPC_OPEN_CALLBACK_UNARY_METHOD(Name, Request, Response)            \
  CONNECTRPC_OPEN_CALLBACK_METHOD(Name, Unary, Request, Response);                \
  namespace connectrpc::interop {                                                 \
  struct Name##_Allocator {                                                       \
    using Handler = ::grpc::internal::CallbackUnaryHandler<Request, Response>;    \
    using Type = ::grpc::MessageAllocator<Request, Response>* Handler::*;         \
    friend Type Opened(Name##_Allocator);                                         \
  };                                                                              \
  template struct Open<Name##_Allocator, &Name##_Allocator::Handler::allocator_>; \
  }                                                                               \
  static_assert(true, "")

#endif  // CONNECTRPC_INTEROP_GRPC_INTERNALS_H_
