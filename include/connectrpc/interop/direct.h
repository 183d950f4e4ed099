#ifndef CONNECTRPC_INTEROP_DIRECT_H_
#define CONNECTRPC_INTEROP_DIRECT_H_

#include <google/protobuf/arena.h>
#include <google/protobuf/message_lite.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "connectrpc/error.h"
#include "connectrpc/interop/direct_stream.h"
#include "connectrpc/interop/grpc_internals.h"
#include "connectrpc/payload.h"
#include "connectrpc/server.h"

// What generated code (the plugin's option `direct`: x.connect.grpc.pb.h) builds on; HttpOptions::direct is what a
// program uses. Here a service's methods are described without their types, so that one piece of code in the library
// calls them all.
namespace connectrpc::interop {

// What the library needs to know of a message type. Specialise it for types that are not protobuf's.
template <class T>
struct MessageTraits {
  static_assert(std::is_base_of_v<google::protobuf::MessageLite, T>);
  static void* New(google::protobuf::Arena* arena) { return google::protobuf::Arena::CreateMessage<T>(arena); }
  // From protobuf's wire format, in place of what the message holds. The error is the one to answer with.
  static Error Parse(Payload bytes, void* message) {
    const std::string_view view = bytes.view();
    if (static_cast<T*>(message)->ParseFromArray(view.data(), static_cast<int>(view.size()))) return Error();
    return Error(Code::kInternal, "cannot decode request");  // the code by which gRPC answers
  }
  // Back to the state of a new message, keeping memory.
  static void Clear(void* message) { static_cast<T*>(message)->Clear(); }
  // Whether a cleared message holds little memory, whatever it has held before, and no bytes of the caller's.
  static constexpr bool kClearsToLittle = false;
  // The size in protobuf's wire format, asked for right before Write, which writes so many bytes.
  static size_t ByteSize(const void* message) { return static_cast<const T*>(message)->ByteSizeLong(); }
  static void Write(const void* message, char* target) {
    static_cast<const T*>(message)->SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(target));
  }
};

struct MessageType {
  void* (*make)(google::protobuf::Arena* arena);  // lives as long as the arena
  Error (*parse)(Payload bytes, void* message);
  void (*clear)(void* message);
  size_t (*byte_size)(const void* message);
  void (*write)(const void* message, char* target);
  bool clears_to_little;
};
template <class T>
inline constexpr MessageType kMessageType = {&MessageTraits<T>::New,   &MessageTraits<T>::Parse,
                                             &MessageTraits<T>::Clear, &MessageTraits<T>::ByteSize,
                                             &MessageTraits<T>::Write, MessageTraits<T>::kClearsToLittle};

// The handler of a unary method that returns when it is through.
class SyncUnaryMethod {
 public:
  virtual ~SyncUnaryMethod() = default;
  // May throw what the handler throws.
  virtual grpc::Status Call(grpc::ServerContext* context, const void* request, void* response) const = 0;
};

// Messages that a grpc::MessageAllocator has made.
struct AllocatedMessages {
  void* request = nullptr;
  void* response = nullptr;
  grpc::RpcAllocatorState* state = nullptr;  // null: there is no allocator
  void (*release)(grpc::RpcAllocatorState* state) = nullptr;
};

// The handler of a unary method that returns a reactor.
class CallbackUnaryMethod {
 public:
  virtual ~CallbackUnaryMethod() = default;
  virtual grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const void* request,
                                         void* response) const = 0;
  // The messages of a call, if SetMessageAllocatorFor_X has set what makes them; false if that makes none.
  [[nodiscard]] virtual bool Allocate(AllocatedMessages* messages) const = 0;
};

class DirectServiceBuilder;

// What a handler that gRPC has registered is as well if it can be called without gRPC and is of a type that generated
// code does not look for.
class DirectHandler {
 public:
  virtual ~DirectHandler() = default;
  virtual StreamType direct_type() const = 0;
  // Adds the method `name` to the builder. The handler outlives what is built.
  virtual void AddTo(DirectServiceBuilder* builder, std::string_view name) const = 0;
};

// How calls of a service's methods are made, and which are left to gRPC: what ConnectDirect of generated code makes.
class DirectServiceBuilder final {
 public:
  // `service` outlives the front end; `name` is "package.Service". Methods are added in the order of the .proto.
  DirectServiceBuilder(grpc::Service* service, std::string_view name, const DirectOptions& options);
  ~DirectServiceBuilder();

  // `Starter` and `Allocator` are the secrets that CONNECTRPC_OPEN_CALLBACK_UNARY_METHOD made.
  template <class Starter, class Allocator, class Service, class Request, class Response>
  void AddUnary(std::string_view name,
                grpc::Status (Service::*method)(grpc::ServerContext*, const Request*, Response*));
  // `Starter` is the secret that CONNECTRPC_OPEN_CALLBACK_METHOD made.
  template <class Starter, class Request, class Response>
  void AddClientStream(std::string_view name);
  template <class Starter, class Request, class Response>
  void AddServerStream(std::string_view name);
  template <class Starter, class Request, class Response>
  void AddBidi(std::string_view name);

  // For handlers that know themselves what they are.
  void Add(std::string_view name, StreamType type, const MessageType& request, const MessageType& response,
           std::unique_ptr<SyncUnaryMethod> method);
  void Add(std::string_view name, StreamType type, const MessageType& request, const MessageType& response,
           std::unique_ptr<CallbackUnaryMethod> method);
  void Add(std::string_view name, StreamType type, const MessageType& request, const MessageType& response,
           std::unique_ptr<StreamMethod> method);

  std::shared_ptr<DirectService> Build();

 private:
  // What gRPC has registered for the next method, if that has the name: null where it keeps no handler that could be
  // called.
  struct Registered {
    grpc::internal::MethodHandler* handler = nullptr;
    bool sync = false;
    bool callback = false;
  };
  Registered Next(std::string_view name) const;
  template <class Adapter, class Request, class Response>
  void AddStream(std::string_view name, StreamType type);
  grpc::Service* service() const;
  // What is registered is of no type that generated code knows: a DirectHandler, or the method stays with gRPC, and the
  // builder finds out why.
  void AddOther(std::string_view name, StreamType type);

  struct State;
  std::unique_ptr<State> state_;
};

// --- Implementation ---

template <class Service, class Request, class Response>
class SyncUnary final : public SyncUnaryMethod {
 public:
  using Method = grpc::Status (Service::*)(grpc::ServerContext*, const Request*, Response*);

  SyncUnary(Service* service, Method method) : service_(service), method_(method) {}

  grpc::Status Call(grpc::ServerContext* context, const void* request, void* response) const override {
    return (service_->*method_)(context, static_cast<const Request*>(request), static_cast<Response*>(response));
  }

 private:
  Service* const service_;
  const Method method_;
};

template <class Starter, class Allocator, class Request, class Response>
class CallbackUnary final : public CallbackUnaryMethod {
 public:
  using Handler = typename Starter::Types::Handler;

  explicit CallbackUnary(const Handler* handler) : handler_(handler) {}

  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const void* request,
                                 void* response) const override {
    return (handler_->*Opened(Starter()))(context, static_cast<const Request*>(request),
                                          static_cast<Response*>(response));
  }

  bool Allocate(AllocatedMessages* messages) const override {
    auto* const allocator = handler_->*Opened(Allocator());
    if (allocator == nullptr) return true;
    auto* const holder = allocator->AllocateMessages();
    if (holder == nullptr) return false;
    messages->request = holder->request();
    messages->response = holder->response();
    messages->state = holder;
    messages->release = [](grpc::RpcAllocatorState* state) {
      static_cast<grpc::MessageHolder<Request, Response>*>(state)->Release();
    };
    return true;
  }

 private:
  const Handler* const handler_;
};

template <class Starter, class Allocator, class Service, class Request, class Response>
void DirectServiceBuilder::AddUnary(std::string_view name,
                                    grpc::Status (Service::*method)(grpc::ServerContext*, const Request*, Response*)) {
  using Sync = grpc::internal::RpcMethodHandler<Service, Request, Response, google::protobuf::MessageLite,
                                                google::protobuf::MessageLite>;
  using Callback = CallbackUnary<Starter, Allocator, Request, Response>;
  // What gRPC would run tells what style the method has; the types of views and of streamed methods differ.
  const Registered registered = Next(name);
  const auto* const callback = dynamic_cast<const typename Callback::Handler*>(registered.handler);
  auto* const service = dynamic_cast<Service*>(this->service());
  if (registered.sync && service != nullptr && dynamic_cast<const Sync*>(registered.handler) != nullptr) {
    Add(name, StreamType::kUnary, kMessageType<Request>, kMessageType<Response>,
        std::make_unique<SyncUnary<Service, Request, Response>>(service, method));
  } else if (registered.callback && callback != nullptr) {
    Add(name, StreamType::kUnary, kMessageType<Request>, kMessageType<Response>, std::make_unique<Callback>(callback));
  } else {
    AddOther(name, StreamType::kUnary);
  }
}

template <class Adapter, class Request, class Response>
void DirectServiceBuilder::AddStream(std::string_view name, StreamType type) {
  const Registered registered = Next(name);
  const auto* const handler = dynamic_cast<const typename Adapter::Handler*>(registered.handler);
  if (registered.callback && handler != nullptr) {
    std::unique_ptr<StreamMethod> method = std::make_unique<AdaptedStream<Adapter>>(handler);
    Add(name, type, kMessageType<Request>, kMessageType<Response>, std::move(method));
  } else {
    AddOther(name, type);
  }
}

template <class Starter, class Request, class Response>
void DirectServiceBuilder::AddClientStream(std::string_view name) {
  AddStream<ClientStreamAdapter<Starter, Request, Response>, Request, Response>(name, StreamType::kClientStream);
}

template <class Starter, class Request, class Response>
void DirectServiceBuilder::AddServerStream(std::string_view name) {
  AddStream<ServerStreamAdapter<Starter, Request, Response>, Request, Response>(name, StreamType::kServerStream);
}

template <class Starter, class Request, class Response>
void DirectServiceBuilder::AddBidi(std::string_view name) {
  AddStream<BidiAdapter<Starter, Request, Response>, Request, Response>(name, StreamType::kBidiStream);
}

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_H_
