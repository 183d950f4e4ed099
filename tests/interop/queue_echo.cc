#include "interop/queue_echo.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <string_view>
#include <utility>

#include "interop/echo_logic.h"

namespace connectrpc::test {

using echo::EchoRequest;
using echo::EchoResponse;
using CqService = echo::CqEcho::AsyncService;

// A call from its request to its end. Operations are started and waited for one at a time.
class QueueEchoServices::Call : public EchoIo {
 public:
  explicit Call(QueueEchoServices* services) : services_(services) {}
  virtual ~Call() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  // Asks the server for the next call of this kind; the tag is this object.
  virtual void Request() = 0;
  virtual std::unique_ptr<Call> AnotherOne() const = 0;
  // Empty: not one of ours.
  virtual std::string_view method() const = 0;
  virtual void Finish(const grpc::Status& status) = 0;

  void Run() {
    const std::string_view name = method();
    Finish(name.empty() ? grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "") : RunEcho(name, this, services_->state_));
    Wait(&done_tag_);
  }
  void WaitUntilCancelled() override { Wait(&done_tag_); }

 protected:
  // Waits for the operation that `start` begins with the tag it is given.
  template <class F>
  bool Do(F&& start) {
    start(&operation_tag_);
    return Wait(&operation_tag_);
  }

  QueueEchoServices* const services_;
  grpc::CompletionQueue queue_;
  char done_tag_ = 0;  // gRPC tells by it that the call is over, cancelled or not

 private:
  bool Wait(void* wanted) {
    void* tag = nullptr;
    bool ok = false;
    while (wanted != &done_tag_ || !done_) {
      if (!queue_.Next(&tag, &ok)) return false;
      if (tag == &done_tag_) done_ = true;
      if (tag == wanted) return ok;
    }
    return true;
  }

  char operation_tag_ = 0;
  bool done_ = false;
};

namespace {

// The part of a unary call that Echo and Get share: they differ in the function that requests them.
struct EchoMethod {
  static constexpr std::string_view kName = "Echo";
  template <class... Args>
  static void Request(CqService& service, Args... args) {
    service.RequestEcho(args...);
  }
};
struct GetMethod {
  static constexpr std::string_view kName = "Get";
  template <class... Args>
  static void Request(CqService& service, Args... args) {
    service.RequestGet(args...);
  }
};

template <class Message>
bool Parse(grpc::ByteBuffer* bytes, Message* message) {
  return grpc::SerializationTraits<Message>::Deserialize(bytes, message).ok();
}

}  // namespace

template <class Method>
class QueueEchoServices::UnaryCall final : public Call {
 public:
  explicit UnaryCall(QueueEchoServices* services) : Call(services) {}

  void Request() override {
    context_.AsyncNotifyWhenDone(&done_tag_);
    Method::Request(services_->service_, &context_, &request_, &writer_, &queue_, services_->queue_.get(),
                    static_cast<Call*>(this));
  }
  std::unique_ptr<Call> AnotherOne() const override { return std::make_unique<UnaryCall>(services_); }
  std::string_view method() const override { return Method::kName; }
  grpc::ServerContextBase& context() override { return context_; }

  bool Read(EchoRequest* request) override {
    if (std::exchange(read_, true)) return false;
    request->Swap(&request_);
    return true;
  }
  bool Write(const EchoResponse& response) override {
    response_ = response;
    return true;
  }
  void Finish(const grpc::Status& status) override {
    Do([&](void* tag) {
      if (status.ok()) {
        writer_.Finish(response_, status, tag);
      } else {
        writer_.FinishWithError(status, tag);
      }
    });
  }

 private:
  grpc::ServerContext context_;
  EchoRequest request_;
  EchoResponse response_;
  grpc::ServerAsyncResponseWriter<EchoResponse> writer_{&context_};
  bool read_ = false;
};

class QueueEchoServices::CollectCall final : public Call {
 public:
  explicit CollectCall(QueueEchoServices* services) : Call(services) {}

  void Request() override {
    context_.AsyncNotifyWhenDone(&done_tag_);
    services_->service_.RequestCollect(&context_, &reader_, &queue_, services_->queue_.get(), static_cast<Call*>(this));
  }
  std::unique_ptr<Call> AnotherOne() const override { return std::make_unique<CollectCall>(services_); }
  std::string_view method() const override { return "Collect"; }
  grpc::ServerContextBase& context() override { return context_; }

  bool Read(EchoRequest* request) override {
    return Do([&](void* tag) { reader_.Read(request, tag); });
  }
  bool Write(const EchoResponse& response) override {
    response_ = response;
    return true;
  }
  void Finish(const grpc::Status& status) override {
    Do([&](void* tag) {
      if (status.ok()) {
        reader_.Finish(response_, status, tag);
      } else {
        reader_.FinishWithError(status, tag);
      }
    });
  }

 private:
  grpc::ServerContext context_;
  EchoResponse response_;
  grpc::ServerAsyncReader<EchoResponse, EchoRequest> reader_{&context_};
};

class QueueEchoServices::ExpandCall final : public Call {
 public:
  explicit ExpandCall(QueueEchoServices* services) : Call(services) {}

  void Request() override {
    context_.AsyncNotifyWhenDone(&done_tag_);
    services_->service_.RequestExpand(&context_, &request_, &writer_, &queue_, services_->queue_.get(),
                                      static_cast<Call*>(this));
  }
  std::unique_ptr<Call> AnotherOne() const override { return std::make_unique<ExpandCall>(services_); }
  std::string_view method() const override { return "Expand"; }
  grpc::ServerContextBase& context() override { return context_; }

  bool Read(EchoRequest* request) override {
    if (std::exchange(read_, true)) return false;
    request->Swap(&request_);
    return true;
  }
  bool Write(const EchoResponse& response) override {
    return Do([&](void* tag) { writer_.Write(response, tag); });
  }
  void Finish(const grpc::Status& status) override {
    Do([&](void* tag) { writer_.Finish(status, tag); });
  }

 private:
  grpc::ServerContext context_;
  EchoRequest request_;
  grpc::ServerAsyncWriter<EchoResponse> writer_{&context_};
  bool read_ = false;
};

class QueueEchoServices::ChatCall final : public Call {
 public:
  explicit ChatCall(QueueEchoServices* services) : Call(services) {}

  void Request() override {
    context_.AsyncNotifyWhenDone(&done_tag_);
    services_->service_.RequestChat(&context_, &stream_, &queue_, services_->queue_.get(), static_cast<Call*>(this));
  }
  std::unique_ptr<Call> AnotherOne() const override { return std::make_unique<ChatCall>(services_); }
  std::string_view method() const override { return "Chat"; }
  grpc::ServerContextBase& context() override { return context_; }

  bool Read(EchoRequest* request) override {
    return Do([&](void* tag) { stream_.Read(request, tag); });
  }
  bool Write(const EchoResponse& response) override {
    return Do([&](void* tag) { stream_.Write(response, tag); });
  }
  void Finish(const grpc::Status& status) override {
    Do([&](void* tag) { stream_.Finish(status, tag); });
  }

 private:
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<EchoResponse, EchoRequest> stream_{&context_};
};

class QueueEchoServices::GenericCall final : public Call {
 public:
  explicit GenericCall(QueueEchoServices* services) : Call(services) {}

  void Request() override {
    context_.AsyncNotifyWhenDone(&done_tag_);
    services_->generic_service_.RequestCall(&context_, &stream_, &queue_, services_->queue_.get(),
                                            static_cast<Call*>(this));
  }
  std::unique_ptr<Call> AnotherOne() const override { return std::make_unique<GenericCall>(services_); }
  std::string_view method() const override {
    constexpr std::string_view kService = "/connectrpc.test.echo.GenericEcho/";
    const std::string_view path = context_.method();
    return path.substr(0, kService.size()) == kService ? path.substr(kService.size()) : std::string_view();
  }
  grpc::ServerContextBase& context() override { return context_; }

  bool Read(EchoRequest* request) override {
    grpc::ByteBuffer bytes;
    return Do([&](void* tag) { stream_.Read(&bytes, tag); }) && Parse(&bytes, request);
  }
  bool Write(const EchoResponse& response) override {
    grpc::ByteBuffer bytes;
    bool own = false;
    if (!grpc::SerializationTraits<EchoResponse>::Serialize(response, &bytes, &own).ok()) return false;
    return Do([&](void* tag) { stream_.Write(bytes, tag); });
  }
  void Finish(const grpc::Status& status) override {
    Do([&](void* tag) { stream_.Finish(status, tag); });
  }

 private:
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
};

void QueueEchoServices::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    queue_->Shutdown();
  }
  poller_.join();
  for (std::thread& call : calls_) call.join();
}

void QueueEchoServices::Register(grpc::ServerBuilder* builder) {
  builder->RegisterService(&service_);
  builder->RegisterAsyncGenericService(&generic_service_);
  queue_ = builder->AddCompletionQueue();
}

void QueueEchoServices::Start() {
  (new UnaryCall<EchoMethod>(this))->Request();
  (new UnaryCall<GetMethod>(this))->Request();
  (new CollectCall(this))->Request();
  (new ExpandCall(this))->Request();
  (new ChatCall(this))->Request();
  (new GenericCall(this))->Request();
  poller_ = std::thread([this] { Poll(); });
}

void QueueEchoServices::Poll() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    std::unique_ptr<Call> call(static_cast<Call*>(tag));
    if (ok) Accept(std::move(call));  // otherwise the server shuts down
  }
}

void QueueEchoServices::Accept(std::unique_ptr<Call> call) {
  std::lock_guard<std::mutex> lock(mutex_);
  // gRPC aborts on requests to a queue that was shut down.
  if (!stopped_) call->AnotherOne().release()->Request();
  calls_.emplace_back([call = std::move(call)] { call->Run(); });
}

}  // namespace connectrpc::test
