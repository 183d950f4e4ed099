#ifndef CONNECTRPC_TESTS_INTEROP_SCRIPTED_STREAM_H_
#define CONNECTRPC_TESTS_INTEROP_SCRIPTED_STREAM_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connectrpc/interop/direct.h"
#include "echo.grpc.pb.h"
#include "interop/direct_stream_call.h"
#include "interop/fake_responder.h"
#include "interop/scripted_reactor.h"
#include "net/loop.h"

CONNECTRPC_OPEN_CALLBACK_METHOD(test_Collect, ClientStream, ::connectrpc::test::echo::EchoRequest,
                                ::connectrpc::test::echo::EchoResponse);
CONNECTRPC_OPEN_CALLBACK_METHOD(test_Expand, ServerStream, ::connectrpc::test::echo::EchoRequest,
                                ::connectrpc::test::echo::EchoResponse);
CONNECTRPC_OPEN_CALLBACK_METHOD(test_Chat, Bidi, ::connectrpc::test::echo::EchoRequest,
                                ::connectrpc::test::echo::EchoResponse);

namespace connectrpc::test {

// Streaming methods of each kind as gRPC keeps them, made of functions.
using CollectHandler = interop::CallbackClientStreamTypes<echo::EchoRequest, echo::EchoResponse>::Handler;
using ExpandHandler = interop::CallbackServerStreamTypes<echo::EchoRequest, echo::EchoResponse>::Handler;
using ChatHandler = interop::CallbackBidiTypes<echo::EchoRequest, echo::EchoResponse>::Handler;

inline interop::DirectStreamMethod::Types EchoTypes(StreamType type) {
  return {type,
          {interop::kMessageType<echo::EchoRequest>, echo::EchoRequest::descriptor()},
          {interop::kMessageType<echo::EchoResponse>, echo::EchoResponse::descriptor()}};
}
inline std::unique_ptr<interop::DirectStreamMethod> Direct(const CollectHandler* handler) {
  using Adapter = interop::ClientStreamAdapter<interop::test_Collect_Starter, echo::EchoRequest, echo::EchoResponse>;
  return std::make_unique<interop::DirectStreamMethod>(std::make_shared<interop::AdaptedStream<Adapter>>(handler),
                                                       EchoTypes(StreamType::kClientStream));
}
inline std::unique_ptr<interop::DirectStreamMethod> Direct(const ExpandHandler* handler) {
  using Adapter = interop::ServerStreamAdapter<interop::test_Expand_Starter, echo::EchoRequest, echo::EchoResponse>;
  return std::make_unique<interop::DirectStreamMethod>(std::make_shared<interop::AdaptedStream<Adapter>>(handler),
                                                       EchoTypes(StreamType::kServerStream));
}
inline std::unique_ptr<interop::DirectStreamMethod> Direct(const ChatHandler* handler) {
  using Adapter = interop::BidiAdapter<interop::test_Chat_Starter, echo::EchoRequest, echo::EchoResponse>;
  return std::make_unique<interop::DirectStreamMethod>(std::make_shared<interop::AdaptedStream<Adapter>>(handler),
                                                       EchoTypes(StreamType::kBidiStream));
}

using Entries = std::vector<std::string>;

// A call of a reactor that follows `script`, before a front end that the test plays; on the test's thread, which is the
// loop's. A call that a test leaves open is a failure.
class ScriptedStream : public ::testing::Test {
 protected:
  ~ScriptedStream() override { EXPECT_TRUE(call_ == nullptr || responder_.done) << "the call has not ended"; }

  Script script_;
  Journal journal_;
  net::Loop loop_;
  FakeResponder responder_{&journal_, &loop_};
  Actions* reactor_ = nullptr;  // of the running call, from the start of its method on

  // Runs when the method is called, before there is a reactor; instead of making one where it returns false.
  std::function<bool()> method_ = [] { return true; };

  // Begins a call; of server streams, which have one message, with that.
  void Start(StreamType kind) {
    responder_.done = false;
    kind_ = kind;
    switch (kind) {
      case StreamType::kClientStream:
        call_ = collect_->Start(&responder_);
        break;
      case StreamType::kServerStream:
        call_ = expand_->Start(&responder_);
        if (call_ != nullptr) Message("go");
        if (!responder_.done) call_->OnHalfClose();
        break;
      default:
        call_ = chat_->Start(&responder_);
    }
  }

  // Events. After the end of the call none comes.
  void Message(const std::string& text) {
    echo::EchoRequest request;
    request.set_text(text);
    Bytes(request.SerializeAsString());
  }
  // Borrowed, as most messages are: gone after the call.
  void Bytes(std::string bytes) {
    ASSERT_FALSE(responder_.done);
    call_->OnMessage(Payload::Borrow(bytes));
    bytes.assign(bytes.size(), '\xff');
  }
  void HalfClose() { call_->OnHalfClose(); }
  void Writable() { call_->OnWritable(); }
  void Cancel() { call_->OnCancel(); }
  void Turn() { loop_.RunTurn(net::Loop::Wait::kNo); }

  // On another thread, whose work the loop then sees.
  void OnThread(const std::function<void(Actions&)>& work) {
    std::thread([&] { work(*reactor_); }).join();
    Turn();
  }

  Entries Take() { return journal_.Take(); }

  template <class Reactor>
  Reactor* NewReactor(grpc::CallbackServerContext* context, echo::EchoResponse* response, std::string request = {}) {
    if (!method_()) return nullptr;
    auto* const reactor = new Reactor(&journal_, &script_);
    reactor_ = reactor;
    reactor->context = context;
    reactor->response = response;
    reactor->request = std::move(request);
    reactor->Play("start");
    return reactor;
  }

 private:
  CollectHandler collect_handler_{[this](grpc::CallbackServerContext* context, echo::EchoResponse* response) {
    return NewReactor<ScriptedReader>(context, response);
  }};
  ExpandHandler expand_handler_{[this](grpc::CallbackServerContext* context, const echo::EchoRequest* request) {
    return NewReactor<ScriptedWriter>(context, nullptr, request->text());
  }};
  ChatHandler chat_handler_{
      [this](grpc::CallbackServerContext* context) { return NewReactor<ScriptedBidi>(context, nullptr); }};
  std::unique_ptr<interop::DirectStreamMethod> collect_ = Direct(&collect_handler_);
  std::unique_ptr<interop::DirectStreamMethod> expand_ = Direct(&expand_handler_);
  std::unique_ptr<interop::DirectStreamMethod> chat_ = Direct(&chat_handler_);
  StreamType kind_ = StreamType::kBidiStream;
  server::CallHandler* call_ = nullptr;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_SCRIPTED_STREAM_H_
