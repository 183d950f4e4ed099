#include "interop/stub_caller.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "connectrpc/call_loop.h"
#include "echo.grpc.pb.h"
#include "support/tcp_client.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using Stub = echo::SyncEcho::Stub;

Fields ToFields(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  Fields fields;
  for (const auto& [name, value] : metadata) {
    fields.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  return fields;
}

// What calls of every style have.
class StubCall {
 public:
  StubCall(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& call_spec) : stub(channel), spec(call_spec) {
    for (const auto& [name, value] : spec.metadata) context.AddMetadata(name, value);
    context.set_deadline(std::chrono::system_clock::now() + spec.timeout.value_or(kTimeLimit));
  }

  void CancelIfWanted() {
    if (!spec.before_cancel) return;
    spec.before_cancel();
    context.TryCancel();
  }

  CallResult Result(const grpc::Status& status) {
    CallResult result;
    result.code = status.error_code();
    result.message = status.error_message();
    echo::RpcStatus rpc_status;
    EXPECT_TRUE(rpc_status.ParseFromString(status.error_details()));
    for (const auto& any : rpc_status.details()) {
      result.details.push_back({any.type_url().substr(any.type_url().rfind('/') + 1), any.value()});
    }
    result.headers = ToFields(context.GetServerInitialMetadata());
    result.trailers = ToFields(context.GetServerTrailingMetadata());
    result.responses = std::move(responses);
    return result;
  }
  CallResult SingleResult(const grpc::Status& status) {
    if (status.ok()) responses.push_back(response);
    return Result(status);
  }

  Stub stub;
  const CallSpec& spec;
  grpc::ClientContext context;
  EchoResponse response;
  std::vector<EchoResponse> responses;
};

template <class Reader>
void ReadAll(Reader* reader, StubCall* call) {
  while (reader->Read(&call->response)) call->responses.push_back(call->response);
}

template <class Writer>
void WriteAll(Writer* writer, StubCall* call) {
  for (const EchoRequest& request : call->spec.requests) {
    if (!writer->Write(request)) return;
  }
  writer->WritesDone();
}

CallResult RunSync(StubCall* call) {
  const CallSpec& spec = call->spec;
  if (spec.method == "Collect") {
    auto writer = call->stub.Collect(&call->context, &call->response);
    WriteAll(writer.get(), call);
    return call->SingleResult(writer->Finish());
  }
  if (spec.method == "Expand") {
    auto reader = call->stub.Expand(&call->context, spec.requests[0]);
    ReadAll(reader.get(), call);
    return call->Result(reader->Finish());
  }
  if (spec.method == "Chat") {
    auto stream = call->stub.Chat(&call->context);
    std::thread writer([&] { WriteAll(stream.get(), call); });
    ReadAll(stream.get(), call);
    writer.join();
    return call->Result(stream->Finish());
  }
  const auto method = spec.method == "Get" ? &Stub::Get : &Stub::Echo;
  return call->SingleResult((call->stub.*method)(&call->context, spec.requests[0], &call->response));
}

// Reactors. Notify comes last, from OnDone.
class UnaryReactor final : public grpc::ClientUnaryReactor {
 public:
  void OnReadInitialMetadataDone(bool ok) override { headers_ok = ok; }
  void OnDone(const grpc::Status& s) override {
    status = s;
    done.Notify();
  }
  bool headers_ok = false;
  grpc::Status status;
  Completion done;
};

template <class Base>
class Reactor : public Base {
 public:
  explicit Reactor(StubCall* call) : call_(call) {}

  void OnDone(const grpc::Status& s) override {
    status = s;
    done.Notify();
  }
  grpc::Status status;
  Completion done;

 protected:
  // The next request, or the end of them.
  void WriteNext() {
    const std::vector<EchoRequest>& requests = call_->spec.requests;
    if (next_ < requests.size()) {
      this->StartWrite(&requests[next_++]);
    } else {
      this->StartWritesDone();
    }
  }
  StubCall* const call_;

 private:
  size_t next_ = 0;
};

class WriteReactor final : public Reactor<grpc::ClientWriteReactor<EchoRequest>> {
 public:
  explicit WriteReactor(StubCall* call) : Reactor(call) {}
  void Begin() {
    WriteNext();
    StartCall();
  }
  void OnWriteDone(bool ok) override {
    if (ok) WriteNext();
  }
};

class ReadReactor final : public Reactor<grpc::ClientReadReactor<EchoResponse>> {
 public:
  explicit ReadReactor(StubCall* call) : Reactor(call) {}
  void Begin() {
    StartRead(&call_->response);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    call_->responses.push_back(call_->response);
    StartRead(&call_->response);
  }
};

class BidiReactor final : public Reactor<grpc::ClientBidiReactor<EchoRequest, EchoResponse>> {
 public:
  explicit BidiReactor(StubCall* call) : Reactor(call) {}
  void Begin() {
    StartRead(&call_->response);
    WriteNext();
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    call_->responses.push_back(call_->response);
    StartRead(&call_->response);
  }
  void OnWriteDone(bool ok) override {
    if (ok) WriteNext();
  }
};

CallResult RunCallback(StubCall* call) {
  const CallSpec& spec = call->spec;
  if (spec.method == "Collect") {
    WriteReactor reactor(call);
    call->stub.async()->Collect(&call->context, &call->response, &reactor);
    reactor.Begin();
    call->CancelIfWanted();
    reactor.done.Wait();
    return call->SingleResult(reactor.status);
  }
  if (spec.method == "Expand") {
    ReadReactor reactor(call);
    call->stub.async()->Expand(&call->context, &spec.requests[0], &reactor);
    reactor.Begin();
    call->CancelIfWanted();
    reactor.done.Wait();
    return call->Result(reactor.status);
  }
  if (spec.method == "Chat") {
    BidiReactor reactor(call);
    call->stub.async()->Chat(&call->context, &reactor);
    reactor.Begin();
    call->CancelIfWanted();
    reactor.done.Wait();
    return call->Result(reactor.status);
  }
  UnaryReactor reactor;
  if (spec.method == "Get") {
    call->stub.async()->Get(&call->context, &spec.requests[0], &call->response, &reactor);
    reactor.StartCall();
  } else {
    call->stub.async()->Echo(&call->context, &spec.requests[0], &call->response,
                             [&](const grpc::Status& status) { reactor.OnDone(status); });
  }
  call->CancelIfWanted();
  reactor.done.Wait();
  return call->SingleResult(reactor.status);
}

// Tags are small numbers.
class Queue final {
 public:
  ~Queue() { Drain(); }

  grpc::CompletionQueue* get() { return &queue_; }
  void* Tag(intptr_t number) { return reinterpret_cast<void*>(number); }  // NOLINT
  // The tag must be the next one.
  bool Wait(intptr_t number) {
    bool ok = false;
    EXPECT_EQ(Next(&ok), number);
    return ok;
  }
  intptr_t Next(bool* ok) {
    void* tag = nullptr;
    EXPECT_TRUE(queue_.Next(&tag, ok));
    return reinterpret_cast<intptr_t>(tag);
  }
  void Drain() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) ADD_FAILURE() << "tag " << tag;
  }

 private:
  grpc::CompletionQueue queue_;
};

constexpr intptr_t kStart = 1;
constexpr intptr_t kWrite = 2;
constexpr intptr_t kRead = 3;
constexpr intptr_t kFinish = 4;

// Writes and reads side by side.
template <class Stream, class Response>
void Exchange(Stream* stream, Queue* queue, const std::vector<EchoRequest>& requests, Response* response,
              const std::function<void(const EchoRequest&)>& write, const std::function<void()>& on_response,
              StubCall* call) {
  size_t next = 0;
  bool closing = false;
  const auto write_next = [&] {
    if (next < requests.size()) {
      write(requests[next++]);
    } else {
      closing = true;
      stream->WritesDone(queue->Tag(kWrite));
    }
  };
  stream->Read(response, queue->Tag(kRead));
  write_next();
  bool reading = true;
  bool writing = true;
  while (reading || writing) {
    bool ok = false;
    if (queue->Next(&ok) == kRead) {
      reading = ok;
      if (!ok) continue;
      on_response();
      stream->Read(response, queue->Tag(kRead));
    } else {
      writing = ok && !closing;
      if (writing) write_next();
      if (ok && !writing) call->CancelIfWanted();
    }
  }
}

CallResult RunQueue(StubCall* call) {
  const CallSpec& spec = call->spec;
  Queue queue;
  grpc::Status status;
  if (spec.method == "Collect") {
    auto writer = call->stub.PrepareAsyncCollect(&call->context, &call->response, queue.get());
    writer->StartCall(queue.Tag(kStart));
    bool open = queue.Wait(kStart);
    for (size_t i = 0; open && i < spec.requests.size(); ++i) {
      writer->Write(spec.requests[i], queue.Tag(kWrite));
      open = queue.Wait(kWrite);
    }
    if (open) {
      writer->WritesDone(queue.Tag(kWrite));
      queue.Wait(kWrite);
      call->CancelIfWanted();
    }
    writer->Finish(&status, queue.Tag(kFinish));
    EXPECT_TRUE(queue.Wait(kFinish));
    return call->SingleResult(status);
  }
  if (spec.method == "Expand") {
    auto reader = call->stub.PrepareAsyncExpand(&call->context, spec.requests[0], queue.get());
    reader->StartCall(queue.Tag(kStart));
    if (queue.Wait(kStart)) call->CancelIfWanted();
    for (;;) {
      reader->Read(&call->response, queue.Tag(kRead));
      if (!queue.Wait(kRead)) break;
      call->responses.push_back(call->response);
    }
    reader->Finish(&status, queue.Tag(kFinish));
    EXPECT_TRUE(queue.Wait(kFinish));
    return call->Result(status);
  }
  if (spec.method == "Chat") {
    auto stream = call->stub.PrepareAsyncChat(&call->context, queue.get());
    stream->StartCall(queue.Tag(kStart));
    if (queue.Wait(kStart)) {
      Exchange(
          stream.get(), &queue, spec.requests, &call->response,
          [&](const EchoRequest& request) { stream->Write(request, queue.Tag(kWrite)); },
          [&] { call->responses.push_back(call->response); }, call);
    }
    stream->Finish(&status, queue.Tag(kFinish));
    EXPECT_TRUE(queue.Wait(kFinish));
    return call->Result(status);
  }
  if (spec.method == "Get") {
    auto reader = call->stub.PrepareAsyncGet(&call->context, spec.requests[0], queue.get());
    reader->StartCall();
    reader->ReadInitialMetadata(queue.Tag(kRead));
    call->CancelIfWanted();
    queue.Wait(kRead);
    reader->Finish(&call->response, &status, queue.Tag(kFinish));
    EXPECT_TRUE(queue.Wait(kFinish));
    return call->SingleResult(status);
  }
  auto reader = call->stub.AsyncEcho(&call->context, spec.requests[0], queue.get());
  reader->Finish(&call->response, &status, queue.Tag(kFinish));
  call->CancelIfWanted();
  EXPECT_TRUE(queue.Wait(kFinish));
  return call->SingleResult(status);
}

grpc::ByteBuffer ToBuffer(const EchoRequest& request) {
  const std::string bytes = request.SerializeAsString();
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

EchoResponse FromBuffer(grpc::ByteBuffer* buffer) {
  EchoResponse response;
  EXPECT_TRUE(grpc::SerializationTraits<EchoResponse>::Deserialize(buffer, &response).ok());
  return response;
}

CallResult RunGeneric(grpc::GenericStub* stub, StubCall* call) {
  const CallSpec& spec = call->spec;
  Queue queue;
  grpc::Status status;
  grpc::ByteBuffer response;
  if (!spec.streams()) {
    if (spec.method == "Get") {
      Completion done;
      const grpc::ByteBuffer request = ToBuffer(spec.requests[0]);
      stub->UnaryCall(&call->context, spec.path(), grpc::StubOptions(), &request, &response, [&](grpc::Status s) {
        status = std::move(s);
        done.Notify();
      });
      call->CancelIfWanted();
      done.Wait();
    } else {
      auto reader = stub->PrepareUnaryCall(&call->context, spec.path(), ToBuffer(spec.requests[0]), queue.get());
      reader->StartCall();
      reader->Finish(&response, &status, queue.Tag(kFinish));
      call->CancelIfWanted();
      EXPECT_TRUE(queue.Wait(kFinish));
    }
    if (status.ok()) call->response = FromBuffer(&response);
    return call->SingleResult(status);
  }
  auto stream = stub->PrepareCall(&call->context, spec.path(), queue.get());
  stream->StartCall(queue.Tag(kStart));
  if (queue.Wait(kStart)) {
    Exchange(
        stream.get(), &queue, spec.requests, &response,
        [&](const EchoRequest& request) { stream->Write(ToBuffer(request), queue.Tag(kWrite)); },
        [&] { call->responses.push_back(FromBuffer(&response)); }, call);
  }
  stream->Finish(&status, queue.Tag(kFinish));
  EXPECT_TRUE(queue.Wait(kFinish));
  return call->Result(status);
}

}  // namespace

CallResult CallSync(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec) {
  StubCall call(channel, spec);
  std::thread canceler([&] { call.CancelIfWanted(); });
  CallResult result = RunSync(&call);
  canceler.join();
  return result;
}

CallResult CallCallback(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec) {
  StubCall call(channel, spec);
  return RunCallback(&call);
}

CallResult CallQueue(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec) {
  StubCall call(channel, spec);
  return RunQueue(&call);
}

CallResult CallGeneric(const std::shared_ptr<grpc::Channel>& channel, const CallSpec& spec) {
  StubCall call(channel, spec);
  grpc::GenericStub stub(channel);
  return RunGeneric(&stub, &call);
}

}  // namespace connectrpc::test
