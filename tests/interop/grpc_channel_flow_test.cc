// How batches wait for the transport, and how the transport waits for batches.

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "interop/script_channel.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using ::testing::ElementsAre;

TEST(GrpcChannelFlowTest, WriteWaitsUntilTheTransportHasRoom) {
  const struct {
    const char* name;
    std::function<void(ScriptCall*)> release;
    bool ok;
  } kCases[] = {
      {"writable", [](ScriptCall* call) { call->Writable(); }, true},
      {"end", [](ScriptCall* call) { call->End(Error()); }, false},
      {"error", [](ScriptCall* call) { call->End(Error(Code::kUnavailable, "gone")); }, false},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    ScriptChannel script;
    grpc::ClientContext context;
    TagQueue queue;
    auto stream = script.stub.AsyncChat(&context, queue.get(), TagQueue::Tag(1));
    EXPECT_TRUE(queue.Wait(1));
    ScriptCall* call = script.transport->Call();
    stream->Write(TextRequest("fits"), TagQueue::Tag(2));
    EXPECT_TRUE(queue.Wait(2));
    call->SetFull();
    stream->Write(TextRequest("fills"), TagQueue::Tag(3));
    call->Await([](const auto& record) { return record.sent.size() == 2; });
    script.transport->Settle();
    EXPECT_TRUE(queue.Empty());
    test.release(call);
    EXPECT_EQ(queue.Wait(3), test.ok);
    context.TryCancel();
    grpc::Status status;
    stream->Finish(&status, TagQueue::Tag(4));
    EXPECT_TRUE(queue.Wait(4));
  }
}

TEST(GrpcChannelFlowTest, CancellationFreesAWriteThatWaits) {
  ScriptChannel script;
  grpc::ClientContext context;
  auto stream = script.stub.Chat(&context);
  ScriptCall* call = script.transport->Call();
  call->SetFull();
  std::thread canceler([&] {
    call->Await([](const auto& record) { return record.sent.size() == 1; });
    context.TryCancel();
  });
  EXPECT_FALSE(stream->Write(TextRequest("fills")));
  canceler.join();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(GrpcChannelFlowTest, LastWriteDoesNotWait) {
  ScriptChannel script;
  grpc::ClientContext context;
  auto stream = script.stub.Chat(&context);
  ScriptCall* call = script.transport->Call();
  call->SetFull();
  stream->WriteLast(TextRequest("last"), grpc::WriteOptions());
  EXPECT_TRUE(call->record().send_closed);
  call->End(Error());
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(GrpcChannelFlowTest, ReadingPausesAtTheLimitAndResumesBelowIt) {
  CallOptions defaults;
  defaults.max_unread_bytes = 10'000;
  ScriptChannel script(defaults);
  grpc::ClientContext context;
  auto reader = script.stub.Expand(&context, TextRequest(""));
  ScriptCall* call = script.transport->Call();
  const std::string message = TextResponse(std::string(3'000, 'm'));
  for (int i = 0; i < 3; ++i) call->Message(message);
  EXPECT_EQ(call->record().pauses, 0);
  call->Message(message);
  EXPECT_EQ(call->record().pauses, 1);
  EXPECT_EQ(call->record().resumes, 0);
  EchoResponse response;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(reader->Read(&response));
  EXPECT_EQ(call->record().resumes, 0);
  EXPECT_TRUE(reader->Read(&response));
  EXPECT_EQ(call->record().resumes, 1);
  EXPECT_TRUE(reader->Read(&response));
  call->End(Error());
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_FALSE(reader->Read(&response));  // and again
  EXPECT_TRUE(reader->Finish().ok());
}

TEST(GrpcChannelFlowTest, EmptyMessagesFillUpAsWell) {
  CallOptions defaults;
  defaults.max_unread_bytes = 10'000;
  ScriptChannel script(defaults);
  grpc::ClientContext context;
  auto reader = script.stub.Expand(&context, TextRequest(""));
  ScriptCall* call = script.transport->Call();
  for (int i = 0; i < 1'000; ++i) call->Message("");
  EXPECT_EQ(call->record().pauses, 1);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(GrpcChannelFlowTest, FinishWithoutReadingDropsWhatWasNotRead) {
  CallOptions defaults;
  defaults.max_unread_bytes = 1;
  ScriptChannel script(defaults);
  grpc::ClientContext context;
  auto reader = script.stub.Expand(&context, TextRequest(""));
  ScriptCall* call = script.transport->Call();
  call->Message(TextResponse("unread"));
  EXPECT_EQ(call->record().pauses, 1);
  std::thread server([&] {
    call->Await([](const auto& record) { return record.resumes == 1; });
    call->Message(TextResponse("too late"));
    call->End(Error(Code::kAborted, "end"));
  });
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(call->record().pauses, 1);
  server.join();
}

TEST(GrpcChannelFlowTest, StatusAskedForWhileReadingComesAfterTheMessages) {
  ScriptChannel script;
  grpc::ClientContext context;
  TagQueue queue;
  auto reader = script.stub.AsyncExpand(&context, TextRequest(""), queue.get(), TagQueue::Tag(1));
  EXPECT_TRUE(queue.Wait(1));
  EchoResponse response;
  grpc::Status status;
  reader->Read(&response, TagQueue::Tag(2));
  reader->Finish(&status, TagQueue::Tag(3));
  ScriptCall* call = script.transport->Call();
  for (const char* text : {"one", "two", "three"}) call->Message(TextResponse(text));
  call->End(Error());
  std::vector<std::string> texts;
  while (queue.Wait(2)) {
    texts.push_back(response.text());
    if (texts.size() == 3) break;
    EXPECT_TRUE(queue.Empty());
    reader->Read(&response, TagQueue::Tag(2));
  }
  EXPECT_THAT(texts, ElementsAre("one", "two", "three"));
  EXPECT_TRUE(queue.Wait(3));
  EXPECT_TRUE(status.ok());
  reader->Read(&response, TagQueue::Tag(4));
  EXPECT_FALSE(queue.Wait(4));
}

TEST(GrpcChannelFlowTest, WritesAfterTheEndFail) {
  ScriptChannel script;
  grpc::ClientContext context;
  EchoResponse response;
  auto writer = script.stub.Collect(&context, &response);
  script.transport->Call()->End(Error(Code::kResourceExhausted, "enough"));
  EXPECT_FALSE(writer->Write(TextRequest("late")));
  EXPECT_FALSE(writer->Write(TextRequest("later")));
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "enough");
}

TEST(GrpcChannelFlowTest, CorkedMetadataBeginTheCallWithTheFirstWrite) {
  ScriptChannel script;
  grpc::ClientContext context;
  context.set_initial_metadata_corked(true);
  context.AddMetadata("x-one", "1");
  auto stream = script.stub.Chat(&context);
  script.transport->Settle();
  EXPECT_EQ(script.transport->calls(), 0u);
  EXPECT_TRUE(stream->Write(TextRequest("first")));
  ScriptCall* call = script.transport->Call();
  EXPECT_EQ(call->record().options.headers.Find("x-one"), "1");
  EXPECT_TRUE(stream->Write(TextRequest("second")));
  EXPECT_TRUE(stream->WritesDone());
  EXPECT_THAT(call->record().sent,
              ElementsAre(TextRequest("first").SerializeAsString(), TextRequest("second").SerializeAsString()));
  call->End(Error());
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(GrpcChannelFlowTest, CorkedCallWithoutAnyWriteEnds) {
  ScriptChannel script;
  grpc::ClientContext context;
  context.set_initial_metadata_corked(true);
  auto stream = script.stub.Chat(&context);
  std::thread server([&] { script.transport->Call()->End(Error(Code::kDeadlineExceeded, "the transport's")); });
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  server.join();
}

TEST(GrpcChannelFlowTest, CorkedWritesOfACompletionQueue) {
  ScriptChannel script;
  grpc::ClientContext context;
  context.set_initial_metadata_corked(true);
  TagQueue queue;
  auto stream = script.stub.AsyncChat(&context, queue.get(), TagQueue::Tag(1));
  stream->Write(TextRequest("first"), TagQueue::Tag(2));
  EXPECT_TRUE(queue.Wait(2));
  stream->WriteLast(TextRequest("last"), grpc::WriteOptions(), TagQueue::Tag(3));
  EXPECT_TRUE(queue.Wait(3));
  ScriptCall* call = script.transport->Call();
  EXPECT_EQ(call->record().sent.size(), 2u);
  EXPECT_TRUE(call->record().send_closed);
  call->End(Error());
  grpc::Status status;
  stream->Finish(&status, TagQueue::Tag(4));
  EXPECT_TRUE(queue.Wait(4));
  EXPECT_EQ(script.transport->calls(), 1u);
}

// A reactor that does only what the test tells it to.
class ManualReactor final : public grpc::ClientBidiReactor<EchoRequest, EchoResponse> {
 public:
  void OnReadInitialMetadataDone(bool /*ok*/) override { headers.Notify(); }
  void OnReadDone(bool ok) override {
    read_ok = ok;
    if (read != nullptr) read->Notify();
  }
  void OnWriteDone(bool ok) override {
    write_ok = ok;
    if (write != nullptr) write->Notify();
  }
  void OnDone(const grpc::Status& s) override {
    status = s;
    done.Notify();
  }

  bool Read(EchoResponse* response) {
    Completion completion;
    read = &completion;
    StartRead(response);
    completion.Wait();
    return read_ok;
  }
  bool Write(const EchoRequest& request) {
    Completion completion;
    write = &completion;
    StartWrite(&request);
    completion.Wait();
    return write_ok;
  }

  Completion headers;
  Completion* read = nullptr;
  Completion* write = nullptr;
  bool read_ok = false;
  bool write_ok = false;
  grpc::Status status;
  Completion done;
};

TEST(GrpcChannelFlowTest, HeldReactorReadsOnAfterTheEnd) {
  ScriptChannel script;
  grpc::ClientContext context;
  ManualReactor reactor;
  script.stub.async()->Chat(&context, &reactor);
  reactor.AddHold();
  reactor.StartCall();
  ScriptCall* call = script.transport->Call();
  EXPECT_TRUE(reactor.Write(TextRequest("question")));
  call->Message(TextResponse("one"));
  call->Message(TextResponse("two"));
  call->End(Error(Code::kAborted, "end"));
  EchoResponse response;
  EXPECT_TRUE(reactor.Read(&response));
  EXPECT_EQ(response.text(), "one");
  EXPECT_TRUE(reactor.Read(&response));
  EXPECT_EQ(response.text(), "two");
  EXPECT_FALSE(reactor.Read(&response));
  EXPECT_FALSE(reactor.Write(TextRequest("late")));
  EXPECT_FALSE(reactor.done.notified());
  reactor.RemoveHold();
  reactor.done.Wait();
  EXPECT_EQ(reactor.status.error_code(), grpc::StatusCode::ABORTED);
}

TEST(GrpcChannelFlowTest, ReactorThatDoesNotReadIsDoneAtTheEnd) {
  ScriptChannel script;
  grpc::ClientContext context;
  ManualReactor reactor;
  script.stub.async()->Chat(&context, &reactor);
  reactor.StartCall();
  ScriptCall* call = script.transport->Call();
  call->Headers(HeaderList());
  reactor.headers.Wait();
  call->Message(TextResponse("unread"));
  call->End(Error());
  reactor.done.Wait();
  EXPECT_TRUE(reactor.status.ok());
}

TEST(GrpcChannelFlowTest, CorkedReactorEndsWithoutAnyWrite) {
  ScriptChannel script;
  grpc::ClientContext context;
  context.set_initial_metadata_corked(true);
  context.AddMetadata("x-one", "1");
  ManualReactor reactor;
  script.stub.async()->Chat(&context, &reactor);
  reactor.StartCall();
  ScriptCall* call = script.transport->Call();
  EXPECT_EQ(call->record().options.headers.Find("x-one"), "1");
  call->End(Error(Code::kDeadlineExceeded, "the transport's"));
  reactor.done.Wait();
  EXPECT_EQ(reactor.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(GrpcChannelFlowTest, OperationsBeforeStartCallRunWithIt) {
  ScriptChannel script;
  grpc::ClientContext context;
  ManualReactor reactor;
  script.stub.async()->Chat(&context, &reactor);
  EchoResponse response;
  Completion read;
  Completion write;
  reactor.read = &read;
  reactor.write = &write;
  const EchoRequest request = TextRequest("early");
  reactor.StartRead(&response);
  reactor.StartWrite(&request);
  script.transport->Settle();
  EXPECT_EQ(script.transport->calls(), 0u);
  reactor.StartCall();
  ScriptCall* call = script.transport->Call();
  write.Wait();
  EXPECT_TRUE(reactor.write_ok);
  call->Message(TextResponse("answer"));
  call->End(Error());
  read.Wait();
  EXPECT_TRUE(reactor.read_ok);
  EXPECT_EQ(response.text(), "answer");
  reactor.done.Wait();
}

}  // namespace
}  // namespace connectrpc::test
