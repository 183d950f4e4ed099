#ifndef CONNECTRPC_INTEROP_DIRECT_STREAM_H_
#define CONNECTRPC_INTEROP_DIRECT_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <utility>

#include "connectrpc/interop/grpc_internals.h"

// Streaming callback methods without their types: what stands between a reactor, whose messages have types, and the
// library, which runs the calls of all methods with one piece of code. For generated code, by way of direct.h.
namespace connectrpc::interop {

// What a reactor asks of its call, from any thread. None of them runs a reaction before it returns: the reactor may be
// holding a lock.
class StreamOperations {
 public:
  virtual void SendInitialMetadata() = 0;
  virtual void Read(void* message) = 0;
  virtual void Write(const void* message, const grpc::WriteOptions& options) = 0;
  virtual void WriteAndFinish(const void* message, const grpc::WriteOptions& options, grpc::Status status) = 0;
  virtual void Finish(grpc::Status status) = 0;

 protected:
  ~StreamOperations() = default;
};

// A call as its reactor sees it: hands operations on to StreamOperations, and reactions to the reactor. Serves one call
// after the other. Reactions may throw what the reactor throws.
class StreamAdapter {
 public:
  virtual ~StreamAdapter() = default;

  // Calls the method: with the request of server streams, or the response to be filled of client streams. False if it
  // makes no reactor. May throw what the method throws.
  virtual bool Start(grpc::CallbackServerContext* context, const void* request, void* response) = 0;
  // The reactor's operations arrive from now on; those that it has already asked for, before this returns.
  virtual void Bind() = 0;

  virtual void OnSendInitialMetadataDone(bool ok) = 0;
  virtual void OnReadDone(bool /*ok*/) {}
  virtual void OnWriteDone(bool /*ok*/) {}
  virtual void OnCancel() = 0;
  // The reactor is gone afterwards.
  virtual void OnDone() = 0;
};

// A streaming method whose handler returns a reactor.
class StreamMethod {
 public:
  virtual ~StreamMethod() = default;
  // `operations` outlives the adapter.
  virtual std::unique_ptr<StreamAdapter> NewAdapter(StreamOperations* operations) const = 0;
};

// --- Implementation ---

// A `Starter` names the class of a method's handler, Starter::Types::Handler, and its member that calls the method:
// Opened(Starter()) points to it.

// What the adapters of all kinds share: `Call` is gRPC's class of the kind. Its one reactor at a time is set by Start.
//
// gRPC's own count of what a call waits for is not used: CallOnDone is never called. Newer gRPC also asks for call().
template <class Call, class Reactor, class Handler>
class ReactorAdapter : public Call, public StreamAdapter {
 public:
  ReactorAdapter(const Handler* handler, StreamOperations* operations) : handler_(handler), operations_(operations) {}

  void Bind() final { this->BindReactor(reactor_); }
  void OnSendInitialMetadataDone(bool ok) final { reactor_->OnSendInitialMetadataDone(ok); }
  void OnCancel() final { reactor_->OnCancel(); }
  void OnDone() final { std::exchange(reactor_, nullptr)->OnDone(); }

  void SendInitialMetadata() final { operations_->SendInitialMetadata(); }
  void Finish(grpc::Status status) final { operations_->Finish(std::move(status)); }

 protected:
  const Handler* const handler_;
  StreamOperations* const operations_;
  Reactor* reactor_ = nullptr;

 private:
  void CallOnDone() final {}
  grpc::internal::ServerReactor* reactor() final { return reactor_; }
  virtual grpc_call* call() { return nullptr; }
};

template <class Starter, class Request, class Response>
class ClientStreamAdapter final
    : public ReactorAdapter<grpc::ServerCallbackReader<Request>, grpc::ServerReadReactor<Request>,
                            typename Starter::Types::Handler> {
 public:
  using Handler = typename Starter::Types::Handler;
  using ClientStreamAdapter::ReactorAdapter::ReactorAdapter;

  bool Start(grpc::CallbackServerContext* context, const void* /*request*/, void* response) override {
    this->reactor_ = (this->handler_->*Opened(Starter()))(context, static_cast<Response*>(response));
    return this->reactor_ != nullptr;
  }
  void OnReadDone(bool ok) override { this->reactor_->OnReadDone(ok); }

  void Read(Request* message) override { this->operations_->Read(message); }
};

template <class Starter, class Request, class Response>
class ServerStreamAdapter final
    : public ReactorAdapter<grpc::ServerCallbackWriter<Response>, grpc::ServerWriteReactor<Response>,
                            typename Starter::Types::Handler> {
 public:
  using Handler = typename Starter::Types::Handler;
  using ServerStreamAdapter::ReactorAdapter::ReactorAdapter;

  bool Start(grpc::CallbackServerContext* context, const void* request, void* /*response*/) override {
    this->reactor_ = (this->handler_->*Opened(Starter()))(context, static_cast<const Request*>(request));
    return this->reactor_ != nullptr;
  }
  void OnWriteDone(bool ok) override { this->reactor_->OnWriteDone(ok); }

  void Write(const Response* message, grpc::WriteOptions options) override {
    this->operations_->Write(message, options);
  }
  void WriteAndFinish(const Response* message, grpc::WriteOptions options, grpc::Status status) override {
    this->operations_->WriteAndFinish(message, options, std::move(status));
  }
};

template <class Starter, class Request, class Response>
class BidiAdapter final
    : public ReactorAdapter<grpc::ServerCallbackReaderWriter<Request, Response>,
                            grpc::ServerBidiReactor<Request, Response>, typename Starter::Types::Handler> {
 public:
  using Handler = typename Starter::Types::Handler;
  using BidiAdapter::ReactorAdapter::ReactorAdapter;

  bool Start(grpc::CallbackServerContext* context, const void* /*request*/, void* /*response*/) override {
    this->reactor_ = (this->handler_->*Opened(Starter()))(context);
    return this->reactor_ != nullptr;
  }
  void OnReadDone(bool ok) override { this->reactor_->OnReadDone(ok); }
  void OnWriteDone(bool ok) override { this->reactor_->OnWriteDone(ok); }

  void Read(Request* message) override { this->operations_->Read(message); }
  void Write(const Response* message, grpc::WriteOptions options) override {
    this->operations_->Write(message, options);
  }
  void WriteAndFinish(const Response* message, grpc::WriteOptions options, grpc::Status status) override {
    this->operations_->WriteAndFinish(message, options, std::move(status));
  }
};

template <class Adapter>
class AdaptedStream final : public StreamMethod {
 public:
  explicit AdaptedStream(const typename Adapter::Handler* handler) : handler_(handler) {}

  std::unique_ptr<StreamAdapter> NewAdapter(StreamOperations* operations) const override {
    return std::make_unique<Adapter>(handler_, operations);
  }

 private:
  const typename Adapter::Handler* const handler_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_STREAM_H_
