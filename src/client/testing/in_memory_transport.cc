#include "connectrpc/testing/in_memory_transport.h"

#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "client/testing/handler_threads.h"
#include "client/testing/memory_call.h"
#include "client/testing/thread_loop.h"

namespace connectrpc {

using client::MemoryCall;
using Handler = std::function<Error(InMemoryCall& call)>;

const HeaderList& InMemoryCall::request_headers() const {
  return call_->request_headers();
}
std::optional<std::chrono::nanoseconds> InMemoryCall::timeout() const {
  return call_->timeout();
}
HeaderList& InMemoryCall::headers() {
  return call_->headers();
}
HeaderList& InMemoryCall::trailers() {
  return call_->trailers();
}
void InMemoryCall::SendHeaders() {
  call_->SendHeaders();
}
bool InMemoryCall::canceled() const {
  return call_->canceled();
}
void InMemoryCall::WaitUntilCanceled() const {
  call_->WaitUntilCanceled();
}
bool InMemoryCall::ReadMessage(google::protobuf::MessageLite* message) {
  return call_->Read(message);
}
bool InMemoryCall::WriteMessage(const google::protobuf::MessageLite& message) {
  return call_->Write(message);
}

namespace {

Error RunHandler(const Handler& handler, MemoryCall* call) {
  InMemoryCall handle(call);
  try {
    return handler(handle);
  } catch (const std::exception& thrown) {
    return Error(Code::kUnknown, std::string("the handler threw: ") + thrown.what());
  }
}

}  // namespace

struct InMemoryTransport::Impl {
  // Ends all calls, and then the threads.
  void ShutDown();

  CallOptions defaults;
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const Handler>> handlers;
  std::vector<std::weak_ptr<MemoryCall>> calls;  // on the loop; those that are gone are swept out when it has doubled
  size_t sweep_at = 64;
  client::ThreadLoop loop;
  client::HandlerThreads threads;  // gone before the loop
};

void InMemoryTransport::Impl::ShutDown() {
  class CancelAll final : public LoopTask {
   public:
    explicit CancelAll(Impl* impl) : impl_(impl) {}
    void Run() override {
      for (const auto& weak : impl_->calls) {
        if (const auto call = weak.lock()) call->Cancel(Error(Code::kCanceled, "the transport is destroyed"));
      }
      done.Notify();
    }

    Completion done;

   private:
    Impl* const impl_;
  };
  CancelAll cancel_all(this);
  loop.RunUntil(&cancel_all, &cancel_all.done);
}

InMemoryTransport::InMemoryTransport(CallOptions defaults) : impl_(std::make_shared<Impl>()) {
  impl_->defaults = std::move(defaults);
}

InMemoryTransport::~InMemoryTransport() {
  if (impl_->loop.InLoop() || impl_->threads.IsOne()) {
    std::thread([impl = std::move(impl_)] { impl->ShutDown(); }).detach();
  } else {
    impl_->ShutDown();
  }
}

void InMemoryTransport::Handle(const MethodSpec& method, Handler handler) {
  auto shared = std::make_shared<const Handler>(std::move(handler));
  std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->handlers[std::string(method.path)] = std::move(shared);
}

const CallOptions& InMemoryTransport::defaults() const {
  return impl_->defaults;
}

CallLoop* InMemoryTransport::PickLoop() {
  return &impl_->loop;
}

TransportCall* InMemoryTransport::Start(CallLoop*, const MethodSpec& method, const CallOptions& options,
                                        TransportCall::Receiver* receiver) {
  auto call = std::make_shared<MemoryCall>(&impl_->loop, options, impl_->defaults, receiver);
  if (impl_->calls.size() >= impl_->sweep_at) {
    std::vector<std::weak_ptr<MemoryCall>> live;
    for (const auto& weak : impl_->calls) {
      if (!weak.expired()) live.push_back(weak);
    }
    impl_->calls = std::move(live);
    impl_->sweep_at = 64 + 2 * impl_->calls.size();
  }
  impl_->calls.push_back(call);
  call->Begin();
  if (call->begun_badly()) return call.get();
  std::shared_ptr<const Handler> handler;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    const auto found = impl_->handlers.find(std::string(method.path));
    if (found != impl_->handlers.end()) handler = found->second;
  }
  if (handler == nullptr) {
    call->Cancel(Error(Code::kUnimplemented, "no handler for " + std::string(method.path)));
    return call.get();
  }
  impl_->threads.Start([call, handler] { call->Finish(RunHandler(*handler, call.get())); });
  return call.get();
}

}  // namespace connectrpc
