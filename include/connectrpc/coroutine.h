#ifndef CONNECTRPC_COROUTINE_H_
#define CONNECTRPC_COROUTINE_H_

#if !defined(__cpp_impl_coroutine) && !defined(__cpp_coroutines)
#error "connectrpc/coroutine.h needs C++20"
#endif

#include <atomic>
#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "connectrpc/client.h"

// Calls as awaitables, for coroutines of any kind (C++20).
//
//   Task<void> Greet(GreetServiceClient& client) {
//     connectrpc::Result<GreetResponse> result = co_await client.CoGreet(request);
//     connectrpc::ClientReader<CountdownResponse> reader = client.Countdown(countdown);
//     CountdownResponse message;
//     while (co_await connectrpc::CoRead(reader, &message)) Show(message);
//     connectrpc::Error error = co_await connectrpc::CoFinish(reader);
//   }
//
// An awaiting coroutine goes on within the call's loop, where it must not block; or, by ResumeOn, where the application
// wants it: co_await connectrpc::CoRead(reader, &message).ResumeOn(executor). Each awaitable is awaited once.
//
// Destroying a coroutine that awaits cancels its call. It is for whoever destroys it to see to it that it is not being
// resumed at that moment: by doing so where it would be resumed, or after the call has ended.
namespace connectrpc {

// Runs a function, once, wherever an application wants its coroutines to go on.
using ResumeFunction = std::function<void(std::function<void()>)>;

namespace client {

// What a suspended coroutine and the callback that resumes it have in common. The coroutine may be gone first.
template <class Value>
class Awaited {
 public:
  // What the operation is given to fill.
  Value value;

  void Suspend(std::coroutine_handle<> coroutine, ResumeFunction resume_on) {
    coroutine_ = coroutine;
    resume_on_ = std::move(resume_on);
  }

  // The callback's: the value is complete. Resumes the coroutine if it is still there.
  static void Complete(std::shared_ptr<Awaited> awaited) {
    if (awaited->resume_on_ == nullptr) return awaited->Resume();
    const ResumeFunction resume_on = std::move(awaited->resume_on_);
    resume_on([awaited = std::move(awaited)] { awaited->Resume(); });
  }

  // The coroutine's, when it is destroyed. False where it was waiting.
  bool LetGo() { return settled_.exchange(true, std::memory_order_acq_rel); }

 private:
  void Resume() {
    if (!settled_.exchange(true, std::memory_order_acq_rel)) coroutine_.resume();
  }

  std::atomic<bool> settled_{false};
  std::coroutine_handle<> coroutine_;
  ResumeFunction resume_on_;
};

// Awaits an Operation: a copyable type with
//   Value                                            what is filled while the coroutine waits; may outlive it
//   static void Start(const Operation&, shared_ptr<Awaited<Value>>)
//                                                    begins; what makes Complete be called, on the loop, comes last
//   Result Take(Value*)                              what the co_await gives
//   void Cancel(Value*)                              the coroutine is destroyed while it waits
template <class Operation>
class Awaitable {
 public:
  explicit Awaitable(Operation operation) : operation_(std::move(operation)) {}
  Awaitable(Awaitable&&) noexcept = default;
  ~Awaitable() {
    if (awaited_ != nullptr && !awaited_->LetGo()) operation_.Cancel(&awaited_->value);
  }

  // The coroutine goes on where `resume` runs the function that it is given.
  Awaitable ResumeOn(ResumeFunction resume) && {
    resume_on_ = std::move(resume);
    return std::move(*this);
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    awaited_ = std::make_shared<Awaited<typename Operation::Value>>();
    awaited_->Suspend(coroutine, std::move(resume_on_));
    // This object may be gone before Start has returned: the coroutine may have gone on.
    Operation::Start(operation_, std::shared_ptr(awaited_));
  }
  auto await_resume() {
    const auto awaited = std::exchange(awaited_, nullptr);
    return operation_.Take(&awaited->value);
  }

 private:
  Operation operation_;
  ResumeFunction resume_on_;
  std::shared_ptr<Awaited<typename Operation::Value>> awaited_;
};

// Passes a cancellation on, until the call has ended or its coroutine is destroyed: the source may be gone then.
class ForwardedCancellation final : public Cancellation::Listener {
 public:
  // What the call is told to listen to.
  Cancellation* target() { return &target_; }

  void Listen(Cancellation* source) {
    if (source == nullptr) return;
    std::lock_guard<std::mutex> lock(mutex_);
    source_ = source;
    if (!source_->Add(this)) target_.Cancel();
  }
  void Stop() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (source_ != nullptr) std::exchange(source_, nullptr)->Remove(this);
  }
  void OnCancel() override { target_.Cancel(); }

 private:
  std::mutex mutex_;
  Cancellation* source_ = nullptr;
  Cancellation target_;
};

template <class Response>
struct UnaryValue {
  Response response;
  UnaryOutcome outcome;
  ForwardedCancellation cancellation;
};

template <class Response>
class AwaitedResponse final : public UnaryCompletion {
 public:
  explicit AwaitedResponse(std::shared_ptr<Awaited<UnaryValue<Response>>> awaited) : awaited_(std::move(awaited)) {}

  ResponseSlot response() override { return &awaited_->value.response; }
  void OnDone(UnaryOutcome outcome) override {
    awaited_->value.outcome = std::move(outcome);
    awaited_->value.cancellation.Stop();
    Awaited<UnaryValue<Response>>::Complete(awaited_);
  }

 private:
  const std::shared_ptr<Awaited<UnaryValue<Response>>> awaited_;
};

template <class Response>
Result<Response> TakeResult(UnaryValue<Response>* value) {
  UnaryOutcome& outcome = value->outcome;
  return Result<Response>(std::move(value->response), std::move(outcome.error), std::move(outcome.headers),
                          std::move(outcome.trailers));
}

template <class Request, class Response>
struct UnaryOperation {
  using Value = UnaryValue<Response>;

  static void Start(const UnaryOperation& operation, std::shared_ptr<Awaited<Value>> awaited) {
    CallOptions options = operation.options;
    awaited->value.cancellation.Listen(options.cancellation);
    options.cancellation = awaited->value.cancellation.target();
    client::CallUnary(operation.transport, *operation.method, *operation.request, options,
                      std::make_unique<AwaitedResponse<Response>>(std::move(awaited)));
  }
  Result<Response> Take(Value* value) { return TakeResult(value); }
  void Cancel(Value* value) {
    value->cancellation.Stop();
    value->cancellation.OnCancel();
  }

  std::shared_ptr<Transport> transport;
  const MethodSpec* method;
  const Request* request;
  CallOptions options;
};

template <class Reader, class Message>
struct ReadOperation {
  struct Value {
    Message message;
    bool read = false;
  };

  static void Start(const ReadOperation& operation, std::shared_ptr<Awaited<Value>> awaited) {
    Message* const message = &awaited->value.message;
    operation.reader->Read(message, [awaited = std::move(awaited)](bool read) {
      awaited->value.read = read;
      Awaited<Value>::Complete(awaited);
    });
  }
  bool Take(Value* value) {
    if (value->read) *message = std::move(value->message);
    return value->read;
  }
  void Cancel(Value*) { reader->Cancel(); }

  Reader* reader;
  Message* message;
};

template <class Writer, class Message>
struct WriteOperation {
  struct Value {
    bool written = false;
  };

  static void Start(const WriteOperation& operation, std::shared_ptr<Awaited<Value>> awaited) {
    operation.writer->Write(*operation.message, [awaited = std::move(awaited)](bool written) {
      awaited->value.written = written;
      Awaited<Value>::Complete(awaited);
    });
  }
  bool Take(Value* value) { return value->written; }
  void Cancel(Value*) { writer->Cancel(); }

  Writer* writer;
  const Message* message;
};

// Finish of a stream whose end is a How: an Error, or a Result.
template <class Handle, class How>
struct FinishOperation {
  using Value = std::optional<How>;

  static void Start(const FinishOperation& operation, std::shared_ptr<Awaited<Value>> awaited) {
    operation.handle->Finish([awaited = std::move(awaited)](How how) {
      awaited->value.emplace(std::move(how));
      Awaited<Value>::Complete(awaited);
    });
  }
  How Take(Value* value) { return std::move(**value); }
  void Cancel(Value*) { handle->Cancel(); }

  Handle* handle;
};

}  // namespace client

// A call with one message either way, which co_await begins: Result<Response>. `request` and `method` must be there
// until then.
template <class Request, class Response>
auto CoCallUnary(const std::shared_ptr<Transport>& transport, const MethodSpec& method, const Request& request,
                 const CallOptions& options) {
  using Operation = client::UnaryOperation<Request, Response>;
  return client::Awaitable<Operation>(Operation{transport, &method, &request, options});
}

// Read, Write and Finish of streams: bool, bool, and Error or Result<Response>. The handle and the message must be
// there until the coroutine goes on.
template <class Response>
auto CoRead(ClientReader<Response>& reader, Response* message) {
  using Operation = client::ReadOperation<ClientReader<Response>, Response>;
  return client::Awaitable<Operation>(Operation{&reader, message});
}
template <class Request, class Response>
auto CoRead(ClientReaderWriter<Request, Response>& stream, Response* message) {
  using Operation = client::ReadOperation<ClientReaderWriter<Request, Response>, Response>;
  return client::Awaitable<Operation>(Operation{&stream, message});
}

template <class Request, class Response>
auto CoWrite(ClientWriter<Request, Response>& writer, const Request& message) {
  using Operation = client::WriteOperation<ClientWriter<Request, Response>, Request>;
  return client::Awaitable<Operation>(Operation{&writer, &message});
}
template <class Request, class Response>
auto CoWrite(ClientReaderWriter<Request, Response>& stream, const Request& message) {
  using Operation = client::WriteOperation<ClientReaderWriter<Request, Response>, Request>;
  return client::Awaitable<Operation>(Operation{&stream, &message});
}

template <class Response>
auto CoFinish(ClientReader<Response>& reader) {
  using Operation = client::FinishOperation<ClientReader<Response>, Error>;
  return client::Awaitable<Operation>(Operation{&reader});
}
template <class Request, class Response>
auto CoFinish(ClientWriter<Request, Response>& writer) {
  using Operation = client::FinishOperation<ClientWriter<Request, Response>, Result<Response>>;
  return client::Awaitable<Operation>(Operation{&writer});
}
template <class Request, class Response>
auto CoFinish(ClientReaderWriter<Request, Response>& stream) {
  using Operation = client::FinishOperation<ClientReaderWriter<Request, Response>, Error>;
  return client::Awaitable<Operation>(Operation{&stream});
}

}  // namespace connectrpc

#endif  // CONNECTRPC_COROUTINE_H_
