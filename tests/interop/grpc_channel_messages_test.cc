// Response messages of every type that a stub can have, and those that are none.

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/client_callback.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "interop/batch_operations.h"
#include "interop/script_channel.h"

namespace connectrpc::test {
// A type of the application's own: no generated message, and longer than any.
struct Text {
  std::string before = "untouched";
  std::string text;
  std::string after = "untouched";
};
}  // namespace connectrpc::test

namespace grpc {
template <>
class SerializationTraits<connectrpc::test::Text> {
 public:
  static Status Serialize(const connectrpc::test::Text& message, ByteBuffer* buffer, bool* own_buffer) {
    Slice slice(message.text);
    *buffer = ByteBuffer(&slice, 1);
    *own_buffer = true;
    return Status();
  }
  static Status Deserialize(ByteBuffer* buffer, connectrpc::test::Text* message) {
    Slice slice;
    Status status = buffer->DumpToSingleSlice(&slice);
    message->text.assign(reinterpret_cast<const char*>(slice.begin()), slice.size());
    buffer->Clear();
    return message->text == "refused" ? Status(StatusCode::INTERNAL, "refused") : status;
  }
};
}  // namespace grpc

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using ::testing::ElementsAre;

class UnaryReactor final : public grpc::ClientUnaryReactor {
 public:
  void OnDone(const grpc::Status& s) override {
    status = s;
    done.Notify();
  }
  grpc::Status status;
  Completion done;
};

class WriteReactor final : public grpc::ClientWriteReactor<EchoRequest> {
 public:
  void OnDone(const grpc::Status& s) override {
    status = s;
    done.Notify();
  }
  grpc::Status status;
  Completion done;
};

// Calls with one response message, in every style: each with another way of receiving.
struct SingleCase {
  const char* name;
  grpc::Status (*call)(ScriptChannel* script, grpc::ClientContext* context, EchoResponse* response);
};
const SingleCase kSingleCases[] = {
    {"SyncUnary",
     [](auto* script, auto* context, auto* response) { return script->stub.Echo(context, TextRequest(""), response); }},
    {"SyncClientStream",
     [](auto* script, auto* context, auto* response) { return script->stub.Collect(context, response)->Finish(); }},
    {"CallbackUnary",
     [](auto* script, auto* context, auto* response) {
       UnaryReactor reactor;
       const EchoRequest request;
       script->stub.async()->Echo(context, &request, response, [&](const grpc::Status& s) { reactor.OnDone(s); });
       reactor.done.Wait();
       return reactor.status;
     }},
    {"UnaryReactor",
     [](auto* script, auto* context, auto* response) {
       UnaryReactor reactor;
       const EchoRequest request;
       script->stub.async()->Echo(context, &request, response, &reactor);
       reactor.StartCall();
       reactor.done.Wait();
       return reactor.status;
     }},
    {"WriteReactor",
     [](auto* script, auto* context, auto* response) {
       WriteReactor reactor;
       script->stub.async()->Collect(context, response, &reactor);
       reactor.StartWritesDone();
       reactor.StartCall();
       reactor.done.Wait();
       return reactor.status;
     }},
    {"QueueUnary",
     [](auto* script, auto* context, auto* response) {
       TagQueue queue;
       grpc::Status status;
       auto reader = script->stub.AsyncEcho(context, EchoRequest(), queue.get());
       reader->Finish(response, &status, TagQueue::Tag(1));
       queue.Wait(1);
       return status;
     }},
    {"QueueUnaryInTwoSteps",
     [](auto* script, auto* context, auto* response) {
       TagQueue queue;
       grpc::Status status;
       auto reader = script->stub.AsyncEcho(context, EchoRequest(), queue.get());
       reader->ReadInitialMetadata(TagQueue::Tag(1));
       queue.Wait(1);
       reader->Finish(response, &status, TagQueue::Tag(2));
       queue.Wait(2);
       return status;
     }},
    {"QueueClientStream",
     [](auto* script, auto* context, auto* response) {
       TagQueue queue;
       grpc::Status status;
       auto writer = script->stub.AsyncCollect(context, response, queue.get(), TagQueue::Tag(1));
       queue.Wait(1);
       writer->Finish(&status, TagQueue::Tag(2));
       EXPECT_TRUE(queue.Wait(2));
       return status;
     }},
};

class SingleResponseTest : public ::testing::TestWithParam<SingleCase> {
 protected:
  // Answers with these messages and this end.
  grpc::Status Call(const std::vector<std::string>& messages, const Error& end, EchoResponse* response) {
    ScriptChannel script;
    grpc::ClientContext context;
    std::thread server([&] {
      ScriptCall* call = script.transport->Call();
      call->Headers(HeaderList());
      for (const std::string& message : messages) call->Message(message);
      call->End(end);
    });
    const grpc::Status status = GetParam().call(&script, &context, response);
    server.join();
    EXPECT_TRUE(script.transport->Call()->record().released);
    return status;
  }
};

TEST_P(SingleResponseTest, MessageIsParsed) {
  EchoResponse response;
  EXPECT_TRUE(Call({TextResponse("answer")}, Error(), &response).ok());
  EXPECT_EQ(response.text(), "answer");
}

TEST_P(SingleResponseTest, LongMessageIsParsed) {
  EchoResponse response;
  const std::string text(1'000'000, 't');
  EXPECT_TRUE(Call({TextResponse(text)}, Error(), &response).ok());
  EXPECT_EQ(response.text(), text);
}

TEST_P(SingleResponseTest, EmptyMessageIsOne) {
  EchoResponse response;
  EXPECT_TRUE(Call({""}, Error(), &response).ok());
  EXPECT_EQ(response.text(), "");
}

TEST_P(SingleResponseTest, MessageThatCannotBeParsedIsInternal) {
  EchoResponse response;
  const grpc::Status status = Call({Garbage()}, Error(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message(), "the response message cannot be parsed");
}

TEST_P(SingleResponseTest, SuccessWithoutAMessageIsUnimplemented) {
  EchoResponse response;
  const grpc::Status status = Call({}, Error(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status.error_message(), "the response has no message");
}

TEST_P(SingleResponseTest, TwoMessagesAreUnimplemented) {
  EchoResponse response;
  const grpc::Status status = Call({"", ""}, Error(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status.error_message(), "more than one response message");
}

TEST_P(SingleResponseTest, ErrorComesWithoutTheMessage) {
  EchoResponse response;
  const grpc::Status status = Call({TextResponse("answer")}, Error(Code::kDataLoss, "after all"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(response.text(), "");
}

INSTANTIATE_TEST_SUITE_P(All, SingleResponseTest, ::testing::ValuesIn(kSingleCases),
                         [](const auto& info) { return info.param.name; });

TEST(GrpcChannelMessagesTest, OperationsAreKnown) {
  EXPECT_TRUE(interop::KnowsOperations());
}

TEST(GrpcChannelMessagesTest, StreamEndsWithAMessageThatCannotBeParsed) {
  ScriptChannel script;
  grpc::ClientContext context;
  auto reader = script.stub.Expand(&context, TextRequest(""));
  ScriptCall* call = script.transport->Call();
  call->Message(TextResponse("good"));
  call->Message(Garbage());
  call->Message(TextResponse("good again"));
  EchoResponse response;
  EXPECT_TRUE(reader->Read(&response));
  EXPECT_FALSE(reader->Read(&response));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message(), "the response message cannot be parsed");
  EXPECT_EQ(call->record().canceled.code, Code::kInternal);
}

TEST(GrpcChannelMessagesTest, StreamThatHasEndedFailsByAMessageThatCannotBeParsed) {
  ScriptChannel script;
  grpc::ClientContext context;
  auto reader = script.stub.Expand(&context, TextRequest(""));
  script.transport->Call()->Message(Garbage());
  script.transport->Call()->End(Error());
  EchoResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::INTERNAL);
}

// Generic stubs, of bytes and of a type with SerializationTraits of its own.
template <class Message>
struct GenericMessage;
template <>
struct GenericMessage<grpc::ByteBuffer> {
  static grpc::ByteBuffer Make(const std::string& text) {
    grpc::Slice slice(text);
    return grpc::ByteBuffer(&slice, 1);
  }
  static std::string Read(const grpc::ByteBuffer& message) {
    grpc::Slice slice;
    EXPECT_TRUE(message.DumpToSingleSlice(&slice).ok());
    return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
};
template <>
struct GenericMessage<Text> {
  static Text Make(const std::string& text) {
    Text message;
    message.text = text;
    return message;
  }
  static std::string Read(const Text& message) {
    EXPECT_EQ(message.before, "untouched");
    EXPECT_EQ(message.after, "untouched");
    return message.text;
  }
};

template <class Message>
class GenericStubTest : public ::testing::Test {
 protected:
  static Message Make(const std::string& text) { return GenericMessage<Message>::Make(text); }
  static std::string Read(const Message& message) { return GenericMessage<Message>::Read(message); }

  ScriptChannel script_;
  grpc::TemplatedGenericStub<Message, Message> stub_{script_.channel};
  grpc::ClientContext context_;
};
using GenericMessages = ::testing::Types<grpc::ByteBuffer, Text>;
TYPED_TEST_SUITE(GenericStubTest, GenericMessages);

TYPED_TEST(GenericStubTest, UnaryByACallback) {
  const TypeParam request = this->Make("question");
  TypeParam response;
  grpc::Status status;
  Completion done;
  this->stub_.UnaryCall(&this->context_, "/x.Y/Z", grpc::StubOptions(), &request, &response, [&](grpc::Status s) {
    status = std::move(s);
    done.Notify();
  });
  ScriptCall* call = this->script_.transport->Call();
  call->Message("answer");
  call->End(Error());
  done.Wait();
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(this->Read(response), "answer");
  EXPECT_EQ(call->record().path, "/x.Y/Z");
  EXPECT_THAT(call->record().sent, ElementsAre("question"));
}

TYPED_TEST(GenericStubTest, UnaryByAReactor) {
  const TypeParam request = this->Make("question");
  TypeParam response;
  UnaryReactor reactor;
  this->stub_.PrepareUnaryCall(&this->context_, "/x.Y/Z", grpc::StubOptions(), &request, &response, &reactor);
  reactor.StartCall();
  ScriptCall* call = this->script_.transport->Call();
  call->Message("answer");
  call->End(Error());
  reactor.done.Wait();
  EXPECT_TRUE(reactor.status.ok());
  EXPECT_EQ(this->Read(response), "answer");
}

TYPED_TEST(GenericStubTest, StreamOfACompletionQueue) {
  TagQueue queue;
  auto stream = this->stub_.PrepareCall(&this->context_, "/x.Y/Z", queue.get());
  stream->StartCall(TagQueue::Tag(1));
  EXPECT_TRUE(queue.Wait(1));
  stream->Write(this->Make("question"), TagQueue::Tag(2));
  EXPECT_TRUE(queue.Wait(2));
  ScriptCall* call = this->script_.transport->Call();
  EXPECT_EQ(call->record().stream_type, StreamType::kBidiStream);
  EXPECT_THAT(call->record().sent, ElementsAre("question"));
  call->Message("one");
  call->Message(std::string(100'000, 't'));
  TypeParam response;
  stream->Read(&response, TagQueue::Tag(3));
  EXPECT_TRUE(queue.Wait(3));
  EXPECT_EQ(this->Read(response), "one");
  stream->Read(&response, TagQueue::Tag(4));
  EXPECT_TRUE(queue.Wait(4));
  EXPECT_EQ(this->Read(response), std::string(100'000, 't'));
  call->End(Error());
  grpc::Status status;
  stream->Finish(&status, TagQueue::Tag(5));
  EXPECT_TRUE(queue.Wait(5));
  EXPECT_TRUE(status.ok());
}

TEST(GrpcChannelMessagesTest, OwnTypeMayRefuseAMessage) {
  ScriptChannel script;
  grpc::TemplatedGenericStub<Text, Text> stub(script.channel);
  grpc::ClientContext context;
  UnaryReactor reactor;
  const Text request;
  Text response;
  stub.PrepareUnaryCall(&context, "/x.Y/Z", grpc::StubOptions(), &request, &response, &reactor);
  reactor.StartCall();
  script.transport->Call()->Message("refused");
  script.transport->Call()->End(Error());
  reactor.done.Wait();
  EXPECT_EQ(reactor.status.error_code(), grpc::StatusCode::INTERNAL);
}

}  // namespace
}  // namespace connectrpc::test
