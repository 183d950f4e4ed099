// Calls that end before their time: by TryCancel at each step, by a server, by a context that goes away.

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "interop/script_channel.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;

// The steps of a bidirectional stream: tests go up to one of them.
struct Step {
  const char* name;
  std::function<void(grpc::ClientReaderWriter<EchoRequest, EchoResponse>* stream, ScriptCall* call)> run;
};
const Step kSteps[] = {
    {"nothing", [](auto*, auto*) {}},
    {"headers",
     [](auto* stream, auto* call) {
       call->Headers(HeaderList());
       stream->WaitForInitialMetadata();
     }},
    {"write", [](auto* stream, auto*) { stream->Write(TextRequest("question")); }},
    {"unread message", [](auto*, auto* call) { call->Message(TextResponse("answer")); }},
    {"read",
     [](auto* stream, auto*) {
       EchoResponse response;
       stream->Read(&response);
     }},
    {"writes done", [](auto* stream, auto*) { stream->WritesDone(); }},
    {"another message", [](auto*, auto* call) { call->Message(TextResponse("answer")); }},
};
constexpr size_t kStepCount = sizeof(kSteps) / sizeof(kSteps[0]);

TEST(GrpcChannelCancelTest, TryCancelAfterEachStepEndsTheCall) {
  for (size_t last = 0; last < kStepCount; ++last) {
    SCOPED_TRACE(kSteps[last].name);
    ScriptChannel script;
    grpc::ClientContext context;
    auto stream = script.stub.Chat(&context);
    ScriptCall* call = script.transport->Call();
    for (size_t i = 0; i <= last; ++i) kSteps[i].run(stream.get(), call);
    context.TryCancel();
    EchoResponse response;
    script.transport->Settle();  // TryCancel only asks
    script.transport->Settle();
    EXPECT_FALSE(stream->Write(TextRequest("late")));
    while (stream->Read(&response)) {
    }
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
    EXPECT_EQ(status.error_message(), "CANCELLED");
    EXPECT_EQ(call->record().canceled.code, Code::kCanceled);
    EXPECT_TRUE(call->record().released);
  }
}

TEST(GrpcChannelCancelTest, ServerMayEndTheCallAfterEachStep) {
  for (size_t last = 0; last < kStepCount; ++last) {
    SCOPED_TRACE(kSteps[last].name);
    ScriptChannel script;
    grpc::ClientContext context;
    auto stream = script.stub.Chat(&context);
    ScriptCall* call = script.transport->Call();
    for (size_t i = 0; i <= last; ++i) kSteps[i].run(stream.get(), call);
    call->End(Error(Code::kUnavailable, "gone"));
    EXPECT_FALSE(stream->Write(TextRequest("late")));
    EchoResponse response;
    while (stream->Read(&response)) {
    }
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(status.error_message(), "gone");
  }
}

TEST(GrpcChannelCancelTest, ContextMayGoAfterEachStepWithoutFinish) {
  for (size_t last = 0; last < kStepCount; ++last) {
    SCOPED_TRACE(kSteps[last].name);
    ScriptChannel script;
    ScriptCall* call = nullptr;
    {
      grpc::ClientContext context;
      auto stream = script.stub.Chat(&context);
      call = script.transport->Call();
      for (size_t i = 0; i <= last; ++i) kSteps[i].run(stream.get(), call);
      EXPECT_FALSE(call->record().released);
    }
    EXPECT_TRUE(call->record().released);
  }
}

TEST(GrpcChannelCancelTest, TransportMayGoWithTheChannel) {
  grpc::ClientContext context;
  std::weak_ptr<Transport> transport;
  {
    ScriptChannel script;
    transport = script.transport;
    EchoResponse response;
    auto writer = script.stub.Collect(&context, &response);
    script.transport->Call()->End(Error());
    EXPECT_FALSE(writer->Finish().ok());
  }
  EXPECT_NE(transport.lock(), nullptr);  // the context holds the channel
}

TEST(GrpcChannelCancelTest, TryCancelFreesWhoeverWaits) {
  const struct {
    const char* name;
    std::function<grpc::Status(ScriptChannel* script, grpc::ClientContext* context)> call;
  } kCases[] = {
      {"unary",
       [](auto* script, auto* context) {
         EchoResponse response;
         return script->stub.Echo(context, TextRequest(""), &response);
       }},
      {"read",
       [](auto* script, auto* context) {
         auto reader = script->stub.Expand(context, TextRequest(""));
         EchoResponse response;
         EXPECT_FALSE(reader->Read(&response));
         return reader->Finish();
       }},
      {"headers",
       [](auto* script, auto* context) {
         auto reader = script->stub.Expand(context, TextRequest(""));
         reader->WaitForInitialMetadata();
         return reader->Finish();
       }},
      {"finish",
       [](auto* script, auto* context) {
         EchoResponse response;
         return script->stub.Collect(context, &response)->Finish();
       }},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    ScriptChannel script;
    grpc::ClientContext context;
    std::thread canceler([&] {
      script.transport->Call();
      context.TryCancel();
    });
    EXPECT_EQ(test.call(&script, &context).error_code(), grpc::StatusCode::CANCELLED);
    canceler.join();
  }
}

TEST(GrpcChannelCancelTest, TryCancelAfterTheEndChangesNothing) {
  ScriptChannel script;
  grpc::ClientContext context;
  auto stream = script.stub.Chat(&context);
  ScriptCall* call = script.transport->Call();
  call->End(Error());
  context.TryCancel();
  EXPECT_TRUE(stream->Finish().ok());
  context.TryCancel();
  context.TryCancel();
  EXPECT_TRUE(call->record().canceled.ok());
}

// While the loop is busy with something else.
TEST(GrpcChannelCancelTest, NothingGetsAheadOfACancellation) {
  Completion busy, asked;  // outlive the loop, which waits
  ScriptChannel script;
  grpc::ClientContext context;
  TagQueue queue;
  auto stream = script.stub.AsyncChat(&context, queue.get(), TagQueue::Tag(1));
  EXPECT_TRUE(queue.Wait(1));
  ScriptCall* call = script.transport->Call();
  EchoResponse response;
  script.transport->loop()->PostFunction([&] {
    busy.Notify();
    asked.Wait();
  });
  busy.Wait();
  stream->Read(&response, TagQueue::Tag(2));  // has the loop run
  context.TryCancel();
  stream->WritesDone(TagQueue::Tag(3));
  asked.Notify();
  bool ok = false;
  EXPECT_EQ(queue.Next(&ok) + queue.Next(&ok), 2 + 3);
  grpc::Status status;
  stream->Finish(&status, TagQueue::Tag(4));
  EXPECT_TRUE(queue.Wait(4));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(call->record().canceled.code, Code::kCanceled);
  EXPECT_FALSE(call->record().send_closed);
}

TEST(GrpcChannelCancelTest, ACancellationCountsThatMeetsTheEnd) {
  ScriptChannel script;
  grpc::ClientContext context;
  auto stream = script.stub.Chat(&context);
  ScriptCall* call = script.transport->Call();
  call->EndAfter([&] { context.TryCancel(); });
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(GrpcChannelCancelTest, ManyCallsRaceWithTheirCancellation) {
  ScriptChannel script;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        grpc::ClientContext context;
        std::thread canceler([&] { context.TryCancel(); });
        auto stream = script.stub.Chat(&context);
        stream->Write(TextRequest("question"));
        EchoResponse response;
        EXPECT_FALSE(stream->Read(&response));
        EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
        canceler.join();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace connectrpc::test
