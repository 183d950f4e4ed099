#ifndef CONNECTRPC_INTEROP_VIEW_METHOD_H_
#define CONNECTRPC_INTEROP_VIEW_METHOD_H_

#include <google/protobuf/arena.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/message_allocator.h>
#include <grpcpp/support/method_handler.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "connectrpc/error.h"
#include "connectrpc/interop/direct.h"
#include "connectrpc/interop/view_message.h"
#include "connectrpc/owned_view.h"
#include "connectrpc/payload.h"
#include "connectrpc/protocol.h"

// What the mixins of generated code (x.connect.grpc.pb.h) build on, by which methods of gRPC services get their
// requests as views: handlers that gRPC runs, on its own ports and for its channels, and that are called directly, too.
namespace connectrpc::interop {

template <class View>
struct MessageTraits<OwnedView<View>> {
  // Of the arena that a request leaves to the next one. A loop keeps some hundreds of them at most.
  static constexpr size_t kMaxKeptBytes = size_t{64} << 10;

  static void* New(google::protobuf::Arena* arena) { return google::protobuf::Arena::Create<OwnedView<View>>(arena); }
  static Error Parse(Payload bytes, void* message) {
    views::ParseError error;
    if (static_cast<OwnedView<View>*>(message)->Parse(std::move(bytes), {}, &error)) return Error();
    return ToError(error);
  }
  static void Clear(void* message) { static_cast<OwnedView<View>*>(message)->Clear(kMaxKeptBytes); }
  static constexpr bool kClearsToLittle = true;
  static size_t ByteSize(const void* message) { return static_cast<const OwnedView<View>*>(message)->bytes().size(); }
  static void Write(const void* message, char* target) {
    const OwnedView<View>& view = *static_cast<const OwnedView<View>*>(message);
    if (!view.bytes().empty()) std::memcpy(target, view.bytes().data(), view.bytes().size());
  }
};

// Has the service's method with that index be of that style and type, and run by `handler`, whatever it was before.
void SetViewHandler(grpc::Service* service, int index, grpc::internal::RpcServiceMethod::ApiType style,
                    grpc::internal::RpcMethod::RpcType type, std::unique_ptr<grpc::internal::MethodHandler> handler);

// `Base` without `Mixin`, if that is among what it is made of: CallbackService, for one, is made of all
// WithCallbackMethod_X. A method that differs in what it returns alone could not stand beside what the mixin declares.
template <template <class> class Mixin, class Base>
struct WithoutMixin {
  using Type = Base;
};
template <template <class> class Mixin, template <class> class Other, class Base>
struct WithoutMixin<Mixin, Other<Base>> {
  using Type = Other<typename WithoutMixin<Mixin, Base>::Type>;
};
template <template <class> class Mixin, class Base>
struct WithoutMixin<Mixin, Mixin<Base>> {
  using Type = typename WithoutMixin<Mixin, Base>::Type;
};

// --- Methods that return when they are through: each function takes what calls the method, with its arguments. ---

template <class View, class Response>
class SyncViewUnary final : public grpc::internal::RpcMethodHandler<grpc::Service, OwnedView<View>, Response>,
                            public DirectHandler {
 public:
  using Function = std::function<grpc::Status(grpc::ServerContext*, const OwnedView<View>*, Response*)>;

  explicit SyncViewUnary(const Function& function)
      : SyncViewUnary::RpcMethodHandler(
            [function](grpc::Service*, auto*... arguments) { return function(arguments...); }, nullptr),
        function_(function) {}

  StreamType direct_type() const override { return StreamType::kUnary; }
  void AddTo(DirectServiceBuilder* builder, std::string_view name) const override {
    std::unique_ptr<SyncUnaryMethod> method = std::make_unique<Method>(&function_);
    builder->Add(name, StreamType::kUnary, kMessageType<OwnedView<View>>, kMessageType<Response>, std::move(method));
  }

 private:
  class Method final : public SyncUnaryMethod {
   public:
    explicit Method(const Function* function) : function_(function) {}
    grpc::Status Call(grpc::ServerContext* context, const void* request, void* response) const override {
      return (*function_)(context, static_cast<const OwnedView<View>*>(request), static_cast<Response*>(response));
    }

   private:
    const Function* const function_;
  };

  const Function function_;
};

template <class Handler, class Function>
void SetSyncHandler(grpc::Service* service, int index, grpc::internal::RpcMethod::RpcType type, Function function) {
  SetViewHandler(service, index, grpc::internal::RpcServiceMethod::ApiType::SYNC, type,
                 std::make_unique<Handler>(
                     [function](grpc::Service*, auto*... arguments) { return function(arguments...); }, nullptr));
}

template <class View, class Response, class Function>
void SetSyncViewUnary(grpc::Service* service, int index, Function function) {
  SetViewHandler(service, index, grpc::internal::RpcServiceMethod::ApiType::SYNC, grpc::internal::RpcMethod::NORMAL_RPC,
                 std::make_unique<SyncViewUnary<View, Response>>(function));
}
template <class View, class Response, class Function>
void SetSyncViewClientStream(grpc::Service* service, int index, Function function) {
  using Handler = grpc::internal::ClientStreamingHandler<grpc::Service, OwnedView<View>, Response>;
  SetSyncHandler<Handler>(service, index, grpc::internal::RpcMethod::CLIENT_STREAMING, function);
}
template <class View, class Response, class Function>
void SetSyncViewServerStream(grpc::Service* service, int index, Function function) {
  using Handler = grpc::internal::ServerStreamingHandler<grpc::Service, OwnedView<View>, Response>;
  SetSyncHandler<Handler>(service, index, grpc::internal::RpcMethod::SERVER_STREAMING, function);
}
template <class View, class Response, class Function>
void SetSyncViewBidi(grpc::Service* service, int index, Function function) {
  using Handler = grpc::internal::BidiStreamingHandler<grpc::Service, OwnedView<View>, Response>;
  SetSyncHandler<Handler>(service, index, grpc::internal::RpcMethod::BIDI_STREAMING, function);
}

// --- Methods that return a reactor ---

template <class View, class Response>
class CallbackViewUnary final : public grpc::internal::CallbackUnaryHandler<OwnedView<View>, Response>,
                                public DirectHandler {
 public:
  using Kind = CallbackUnaryTypes<OwnedView<View>, Response>;
  struct Starter {
    struct Types {
      using Handler = CallbackViewUnary;
    };
    friend auto Opened(Starter) { return &CallbackViewUnary::start; }
  };
  struct Allocator {
    friend auto Opened(Allocator) { return &CallbackViewUnary::allocator; }
  };

  explicit CallbackViewUnary(const typename Kind::Starter& starter) : Kind::Handler(starter), start(starter) {}

  void SetMessageAllocator(grpc::MessageAllocator<OwnedView<View>, Response>* messages) {
    Kind::Handler::SetMessageAllocator(messages);
    allocator = messages;
  }

  StreamType direct_type() const override { return StreamType::kUnary; }
  void AddTo(DirectServiceBuilder* builder, std::string_view name) const override {
    std::unique_ptr<CallbackUnaryMethod> method =
        std::make_unique<CallbackUnary<Starter, Allocator, OwnedView<View>, Response>>(this);
    builder->Add(name, StreamType::kUnary, kMessageType<OwnedView<View>>, kMessageType<Response>, std::move(method));
  }

  // What the base class has as well, and keeps to itself.
  const typename Kind::Starter start;
  grpc::MessageAllocator<OwnedView<View>, Response>* allocator = nullptr;
};

// `Kind` is that of the types in grpc_internals.h.
template <StreamType kType, class Kind, template <class, class, class> class Adapter, class View, class Response>
class CallbackViewStream final : public Kind::Handler, public DirectHandler {
 public:
  struct Starter {
    struct Types {
      using Handler = CallbackViewStream;
    };
    friend auto Opened(Starter) { return &CallbackViewStream::start; }
  };

  explicit CallbackViewStream(const typename Kind::Starter& starter) : Kind::Handler(starter), start(starter) {}

  StreamType direct_type() const override { return kType; }
  void AddTo(DirectServiceBuilder* builder, std::string_view name) const override {
    std::unique_ptr<StreamMethod> method =
        std::make_unique<AdaptedStream<Adapter<Starter, OwnedView<View>, Response>>>(this);
    builder->Add(name, kType, kMessageType<OwnedView<View>>, kMessageType<Response>, std::move(method));
  }

  const typename Kind::Starter start;
};

template <class Handler, class Function>
void SetCallbackHandler(grpc::Service* service, int index, grpc::internal::RpcMethod::RpcType type, Function function) {
  SetViewHandler(service, index, grpc::internal::RpcServiceMethod::ApiType::CALL_BACK, type,
                 std::make_unique<Handler>(function));
}

template <class View, class Response, class Function>
void SetCallbackViewUnary(grpc::Service* service, int index, Function function) {
  SetCallbackHandler<CallbackViewUnary<View, Response>>(service, index, grpc::internal::RpcMethod::NORMAL_RPC,
                                                        function);
}
template <class View, class Response, class Function>
void SetCallbackViewClientStream(grpc::Service* service, int index, Function function) {
  using Types = CallbackClientStreamTypes<OwnedView<View>, Response>;
  using Handler = CallbackViewStream<StreamType::kClientStream, Types, ClientStreamAdapter, View, Response>;
  SetCallbackHandler<Handler>(service, index, grpc::internal::RpcMethod::CLIENT_STREAMING, function);
}
template <class View, class Response, class Function>
void SetCallbackViewServerStream(grpc::Service* service, int index, Function function) {
  using Types = CallbackServerStreamTypes<OwnedView<View>, Response>;
  using Handler = CallbackViewStream<StreamType::kServerStream, Types, ServerStreamAdapter, View, Response>;
  SetCallbackHandler<Handler>(service, index, grpc::internal::RpcMethod::SERVER_STREAMING, function);
}
template <class View, class Response, class Function>
void SetCallbackViewBidi(grpc::Service* service, int index, Function function) {
  using Types = CallbackBidiTypes<OwnedView<View>, Response>;
  using Handler = CallbackViewStream<StreamType::kBidiStream, Types, BidiAdapter, View, Response>;
  SetCallbackHandler<Handler>(service, index, grpc::internal::RpcMethod::BIDI_STREAMING, function);
}

// `handler` is what gRPC has for such a unary method; one of another type is left alone.
template <class View, class Response>
void SetViewAllocator(grpc::internal::MethodHandler* handler,
                      grpc::MessageAllocator<OwnedView<View>, Response>* allocator) {
  auto* const unary = dynamic_cast<CallbackViewUnary<View, Response>*>(handler);
  if (unary != nullptr) unary->SetMessageAllocator(allocator);
}

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_VIEW_METHOD_H_
