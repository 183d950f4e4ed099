#include "client/stream_call.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/messages.h"
#include "client/methods.h"
#include "client/scripted_transport.h"
#include "connectrpc/client.h"

namespace connectrpc::test {
namespace {

const Error kRefused(Code::kPermissionDenied, "refused");

std::shared_ptr<ScriptedTransport> Scripted(Script script) {
  return std::make_shared<ScriptedTransport>(std::move(script));
}

ClientReader<Pong> StartReader(const std::shared_ptr<ScriptedTransport>& transport, const CallOptions& options = {}) {
  return StartServerStream<Ping, Pong>(transport, kServerStream, MakePing("ping"), options);
}

ClientWriter<Ping, Pong> StartWriter(const std::shared_ptr<ScriptedTransport>& transport) {
  return StartClientStream<Ping, Pong>(transport, kClientStream, {});
}

ClientReaderWriter<Ping, Pong> StartBidi(const std::shared_ptr<ScriptedTransport>& transport,
                                         const CallOptions& options = {}) {
  return StartBidiStream<Ping, Pong>(transport, kBidi, options);
}

// Everything that can be read.
std::vector<std::string> ReadAll(ClientReader<Pong>* reader) {
  std::vector<std::string> texts;
  Pong pong;
  while (reader->Read(&pong)) texts.push_back(pong.text());
  return texts;
}

using Texts = std::vector<std::string>;

// What a message of one byte costs among the unread ones.
const size_t kCost = PongBytes("a").size() + sizeof(Payload);

TEST(ClientReader, ReadsMessagesAndThenHowItEnded) {
  const auto transport = Scripted({Event::Headers(Headers("h", "1")), Event::Message(PongBytes("a")),
                                   Event::Message(PongBytes("b")), Event::End({}, Headers("t", "2"))});
  auto reader = StartReader(transport);
  EXPECT_EQ(reader.headers().Find("h"), "1");
  EXPECT_TRUE(reader.trailers().empty());
  EXPECT_EQ(ReadAll(&reader), (Texts{"a", "b"}));
  EXPECT_EQ(reader.trailers().Find("t"), "2");
  Pong pong;
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_EQ(transport->log(), (Texts{"start /test.Service/ServerStream", "send 6", "close", "release"}));
}

TEST(ClientReader, EndsAtEachStep) {
  const Script whole = {Event::Headers(), Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End()};
  for (size_t step = 0; step < whole.size(); ++step) {
    SCOPED_TRACE(step);
    Script script(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(step));
    script.push_back(Event::End(Error(Code::kUnavailable, "lost"), Headers("t", "2")));
    const auto transport = Scripted(script);
    auto reader = StartReader(transport);
    EXPECT_EQ(ReadAll(&reader).size(), step > 1 ? step - 1 : 0);
    EXPECT_EQ(reader.Finish().message, "lost");
    EXPECT_EQ(reader.Finish().message, "lost");
    EXPECT_EQ(reader.trailers().Find("t"), "2");
    EXPECT_TRUE(transport->released());
  }
}

TEST(ClientReader, ReadsWhatCameBeforeAnError) {
  const auto transport =
      Scripted({Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End(kRefused)});
  auto reader = StartReader(transport);
  transport->PlayAll();
  EXPECT_TRUE(transport->released());
  EXPECT_EQ(ReadAll(&reader), (Texts{"a", "b"}));
  EXPECT_EQ(reader.Finish().code, Code::kPermissionDenied);
}

TEST(ClientReader, FinishDropsWhatWasNotRead) {
  const auto transport =
      Scripted({Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End(kRefused)});
  auto reader = StartReader(transport);
  Pong pong;
  EXPECT_TRUE(reader.Read(&pong));
  EXPECT_EQ(reader.Finish().code, Code::kPermissionDenied);
  EXPECT_FALSE(reader.Read(&pong));
}

TEST(ClientReader, PausesWhereMoreIsUnreadThanItMayBe) {
  const struct {
    const char* name;
    size_t max_unread;
    bool pauses;
  } cases[] = {{"room left", 2 * kCost + 1, false}, {"full", 2 * kCost, true}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto transport = Scripted({Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End()});
    CallOptions options;
    options.max_unread_bytes = c.max_unread;
    auto reader = StartReader(transport, options);
    transport->Play();
    EXPECT_FALSE(transport->Logged("pause"));
    transport->Play();
    EXPECT_EQ(transport->Logged("pause"), c.pauses);
    Pong pong;
    EXPECT_TRUE(reader.Read(&pong));
    transport->loop().Run();
    EXPECT_EQ(transport->Logged("resume"), c.pauses);  // half is read
    EXPECT_TRUE(reader.Finish().ok());
  }
}

TEST(ClientReader, BoundsEmptyMessagesToo) {
  Script script(1000, Event::Message(""));
  script.push_back(Event::End());
  const auto transport = Scripted(script);
  transport->mutable_defaults().max_unread_bytes = 1000;
  auto reader = StartReader(transport);
  transport->Play();
  EXPECT_FALSE(transport->Logged("pause"));
  transport->PlayAll();
  EXPECT_TRUE(transport->Logged("pause"));
}

TEST(ClientReader, FinishResumesWhatWasPaused) {
  const auto transport = Scripted({Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End()});
  CallOptions options;
  options.max_unread_bytes = 1;
  auto reader = StartReader(transport, options);
  transport->Play();
  EXPECT_EQ(transport->log().back(), "pause");
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_EQ(transport->log(),
            (Texts{"start /test.Service/ServerStream", "send 6", "close", "pause", "resume", "release"}));
}

TEST(ClientReader, EndsTheCallForWhatIsNoMessage) {
  const auto transport = Scripted({Event::Headers(Headers("h", "1")), Event::Message(PongBytes("a")),
                                   Event::Message(kGarbage), Event::Message(PongBytes("c")), Event::End()});
  auto reader = StartReader(transport);
  EXPECT_EQ(ReadAll(&reader), Texts{"a"});
  const Error error = reader.Finish();
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_EQ(error.message, "cannot decode connectrpc.test.Pong: invalid bytes");
  EXPECT_EQ(error.metadata.Find("h"), "1");
  EXPECT_TRUE(transport->Logged("cancel internal"));
}

TEST(ClientReader, FindsWhatIsNoMessageAfterTheEndAsWell) {
  const auto transport = Scripted({Event::Message(kGarbage), Event::Message(PongBytes("b")), Event::End()});
  auto reader = StartReader(transport);
  transport->PlayAll();
  EXPECT_EQ(ReadAll(&reader), Texts{});
  EXPECT_EQ(reader.Finish().code, Code::kInternal);
  EXPECT_EQ(reader.Finish().code, Code::kInternal);
}

TEST(ClientReader, WaitsForHeadersOrTheEnd) {
  const auto transport = Scripted({Event::End(kRefused)});
  auto reader = StartReader(transport);
  EXPECT_TRUE(reader.headers().empty());
  EXPECT_EQ(reader.Finish().code, Code::kPermissionDenied);
}

TEST(ClientReader, CallsBackWithWhatItReads) {
  const auto transport = Scripted(
      {Event::Headers(), Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End(kRefused)});
  auto reader = StartReader(transport);
  Pong pong;
  Texts texts;
  std::optional<Error> end;
  std::function<void(bool)> next = [&](bool read) {
    EXPECT_TRUE(transport->loop().InLoop());
    if (!read) {
      reader.Finish([&](Error error) { end = std::move(error); });
      return;
    }
    texts.push_back(pong.text());
    reader.Read(&pong, next);
  };
  reader.Read(&pong, next);
  EXPECT_TRUE(texts.empty());
  transport->PlayAll();
  EXPECT_EQ(texts, (Texts{"a", "b"}));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->code, Code::kPermissionDenied);
}

TEST(ClientReader, CallsBackForMessagesThatHaveComeButNotAtOnce) {
  const auto transport = Scripted({Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End()});
  auto reader = StartReader(transport);
  transport->PlayAll();
  for (const bool in_loop : {false, true}) {
    Pong pong;
    std::optional<bool> read;
    const auto start = [&] { reader.Read(&pong, [&](bool r) { read = r; }); };
    in_loop ? transport->loop().RunInLoop(start) : start();
    EXPECT_FALSE(read.has_value());
    transport->loop().Run();
    EXPECT_EQ(read, true);
    EXPECT_EQ(pong.text(), in_loop ? "b" : "a");
  }
  Pong pong;
  EXPECT_FALSE(reader.Read(&pong));
}

TEST(ClientReader, CallsBackWithFalseForWhatIsNoMessage) {
  for (const bool waiting : {false, true}) {
    SCOPED_TRACE(waiting);
    const auto transport = Scripted({Event::Message(kGarbage), Event::Message(PongBytes("b")), Event::End()});
    auto reader = StartReader(transport);
    Pong pong;
    std::optional<bool> read;
    if (!waiting) transport->Play();
    reader.Read(&pong, [&](bool r) { read = r; });
    transport->PlayAll();
    EXPECT_EQ(read, false);
    EXPECT_EQ(pong.text(), "");
    EXPECT_EQ(reader.Finish().code, Code::kInternal);
  }
}

// However far the network is ahead of the reader: what was not read before is not read any more.
TEST(ClientReader, CanceledReadsNothingMore) {
  for (const size_t events : {1, 2, 3}) {
    SCOPED_TRACE(std::to_string(events) + " events have come");
    const auto transport = Scripted({Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End()});
    auto reader = StartReader(transport);
    for (size_t i = 0; i < events; ++i) transport->Play();
    Pong pong;
    ASSERT_TRUE(reader.Read(&pong));
    reader.Cancel();
    reader.Cancel();
    EXPECT_EQ(ReadAll(&reader), Texts{});
    EXPECT_EQ(reader.Finish().code, Code::kCanceled);
    EXPECT_EQ(transport->Logged("cancel canceled"), events < 3) << "else the transport has no call any more";
  }
}

TEST(ClientReader, CanceledWithNothingLeftToReadEndsAsItHasEnded) {
  const auto transport = Scripted({Event::Message(PongBytes("a")), Event::End(kRefused)});
  auto reader = StartReader(transport);
  transport->PlayAll();
  Pong pong;
  ASSERT_TRUE(reader.Read(&pong));
  reader.Cancel();
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_EQ(reader.Finish().code, kRefused.code);
}

TEST(ClientReader, CanceledBeforeTheLoopHasBegunTheCall) {
  const auto transport = Scripted({});
  auto reader = StartReader(transport);
  reader.Cancel();
  EXPECT_EQ(reader.Finish().code, Code::kCanceled);
  EXPECT_TRUE(transport->log().empty());
}

TEST(ClientReader, ListensToACancellation) {
  for (const bool before : {true, false}) {
    SCOPED_TRACE(before);
    Cancellation cancellation;
    CallOptions options;
    options.cancellation = &cancellation;
    const auto transport = Scripted({Event::Headers(), Event::End()});
    if (before) cancellation.Cancel();
    auto reader = StartReader(transport, options);
    if (!before) transport->Play();
    cancellation.Cancel();
    EXPECT_EQ(ReadAll(&reader), Texts{});
    EXPECT_EQ(reader.Finish().code, Code::kCanceled);
    EXPECT_EQ(transport->log().empty(), before);
  }
}

TEST(ClientReader, ReportsWhatIsWrongWithTheOptionsAtTheEnd) {
  CallOptions options;
  options.codec = "cbor";
  const auto transport = Scripted({});
  auto reader = StartReader(transport, options);
  EXPECT_EQ(ReadAll(&reader), Texts{});
  EXPECT_EQ(reader.Finish().code, Code::kInvalidArgument);
  EXPECT_TRUE(transport->log().empty());
}

TEST(ClientReader, SpeaksJson) {
  CallOptions options;
  options.codec = "json";
  const auto transport = Scripted({Event::Message(R"({"text":"a"})"), Event::End()});
  auto reader = StartReader(transport, options);
  EXPECT_EQ(ReadAll(&reader), Texts{"a"});
  EXPECT_EQ(transport->sent(), Texts{R"({"text":"ping"})"});
}

TEST(ClientReader, BlockingInTheLoopCancelsTheCall) {
  const struct {
    const char* name;
    void (*block)(ClientReader<Pong>* reader);
  } cases[] = {
      {"Read",
       [](ClientReader<Pong>* reader) {
         Pong pong;
         EXPECT_FALSE(reader->Read(&pong));
       }},
      {"headers", [](ClientReader<Pong>* reader) { EXPECT_TRUE(reader->headers().empty()); }},
      {"Finish", [](ClientReader<Pong>* reader) { EXPECT_EQ(reader->Finish().code, Code::kFailedPrecondition); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto transport = Scripted({Event::Headers(), Event::End()});
    auto reader = StartReader(transport);
    transport->loop().Run();
    transport->loop().RunInLoop([&] { c.block(&reader); });
    EXPECT_EQ(reader.Finish().code, Code::kFailedPrecondition);
  }
}

TEST(ClientReader, DestroyedLetsGoAtEachStep) {
  const Script whole = {Event::Headers(), Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End()};
  for (size_t step = 0; step <= whole.size(); ++step) {
    for (const bool reading : {false, true}) {
      SCOPED_TRACE(step);
      const auto transport = Scripted(whole);
      Pong pong;
      int told = 0;
      {
        auto reader = StartReader(transport);
        for (size_t i = 0; i < step; ++i) EXPECT_TRUE(transport->Play());
        if (reading) reader.Read(&pong, [&](bool) { ++told; });
        reader.Finish([&](Error) { ++told; });
      }
      transport->loop().Run();
      EXPECT_EQ(told, reading ? 2 : 1);
      EXPECT_EQ(transport->released(), !transport->log().empty());
      EXPECT_EQ(transport.use_count(), 1);
    }
  }
}

TEST(ClientReader, DestroyedInItsOwnCallback) {
  const auto transport = Scripted({Event::Message(PongBytes("a")), Event::End()});
  auto reader = std::make_unique<ClientReader<Pong>>(StartReader(transport));
  Pong pong;
  reader->Read(&pong, [&](bool) { reader.reset(); });
  transport->PlayAll();
  EXPECT_EQ(reader, nullptr);
  EXPECT_TRUE(transport->released());
  EXPECT_EQ(transport.use_count(), 1);
}

TEST(ClientReader, AssignedLetsGoOfTheCallItHad) {
  const auto first = Scripted({Event::End()});
  const auto second = Scripted({Event::Message(PongBytes("a")), Event::End()});
  auto reader = StartReader(first);
  reader = StartReader(second);
  first->loop().Run();
  EXPECT_EQ(first.use_count(), 1);
  auto moved = std::move(reader);
  EXPECT_EQ(ReadAll(&moved), Texts{"a"});
}

TEST(ClientReader, EmptyHasNoCall) {
  ClientReader<Pong> reader;
  Pong pong;
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_TRUE(reader.headers().empty());
  EXPECT_TRUE(reader.trailers().empty());
  EXPECT_EQ(reader.Finish().code, Code::kFailedPrecondition);
  bool read = true;
  reader.Read(&pong, [&](bool r) { read = r; });
  EXPECT_FALSE(read);
  Code code = Code::kOk;
  reader.Finish([&](Error error) { code = error.code; });
  EXPECT_EQ(code, Code::kFailedPrecondition);
  reader.Cancel();

  ClientWriter<Ping, Pong> writer;
  EXPECT_FALSE(writer.Write(Ping()));
  EXPECT_EQ(writer.Finish().error().code, Code::kFailedPrecondition);
  writer.Finish([&](Result<Pong> result) { code = result.error().code; });
  EXPECT_EQ(code, Code::kFailedPrecondition);
  bool written = true;
  writer.Write(Ping(), [&](bool w) { written = w; });
  EXPECT_FALSE(written);

  ClientReaderWriter<Ping, Pong> both;
  both.CloseSend();
  EXPECT_EQ(both.Finish().code, Code::kFailedPrecondition);
}

TEST(ClientWriter, SendsMessagesAndReturnsTheResponse) {
  const auto transport = Scripted(
      {Event::Headers(Headers("h", "1")), Event::Message(PongBytes("pong")), Event::End({}, Headers("t", "2"))});
  auto writer = StartWriter(transport);
  EXPECT_TRUE(writer.Write(MakePing("a")));
  EXPECT_TRUE(writer.Write(MakePing("bb")));
  for (int i = 0; i < 2; ++i) {
    const Result<Pong> result = writer.Finish();
    EXPECT_EQ(result->text(), "pong");
    EXPECT_EQ(result.headers().Find("h"), "1");
    EXPECT_EQ(result.trailers().Find("t"), "2");
  }
  EXPECT_FALSE(writer.Write(MakePing("late")));
  EXPECT_EQ(transport->log(), (Texts{"start /test.Service/ClientStream", "send 3", "send 4", "close", "release"}));
}

TEST(ClientWriter, ReportsEachWayToEnd) {
  const struct {
    const char* name;
    Script script;
    Code code;
  } cases[] = {
      {"error", {Event::End(kRefused)}, Code::kPermissionDenied},
      {"error after the message", {Event::Message(PongBytes("a")), Event::End(kRefused)}, Code::kPermissionDenied},
      {"no message", {Event::Headers(), Event::End()}, Code::kUnimplemented},
      {"two messages",
       {Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End()},
       Code::kUnimplemented},
      {"garbage", {Event::Message(kGarbage), Event::End()}, Code::kInternal},
  };
  for (const auto& c : cases) {
    for (const bool callback : {false, true}) {
      SCOPED_TRACE(c.name);
      const auto transport = Scripted(c.script);
      auto writer = StartWriter(transport);
      std::optional<Result<Pong>> result;
      if (callback) {
        writer.Finish([&](Result<Pong> r) { result.emplace(std::move(r)); });
        transport->PlayAll();
      } else {
        result.emplace(writer.Finish());
      }
      ASSERT_TRUE(result.has_value());
      EXPECT_EQ(result->error().code, c.code);
      EXPECT_EQ((*result)->text(), "");
      EXPECT_EQ(writer.Finish().error().code, c.code);
      EXPECT_TRUE(transport->released());
    }
  }
}

TEST(ClientWriter, WaitsWhileTheTransportIsFull) {
  const auto transport = Scripted({Event::Writable(), Event::Message(PongBytes("pong")), Event::End()});
  auto writer = StartWriter(transport);
  transport->Fill();
  EXPECT_TRUE(writer.Write(MakePing("a")));
  transport->loop().Run();                   // handed over; the transport is full now
  EXPECT_TRUE(writer.Write(MakePing("b")));  // waits for the first event
  EXPECT_EQ(writer.Finish()->text(), "pong");
  EXPECT_EQ(transport->sent().size(), 2u);
}

TEST(ClientWriter, WriteThatWaitsIsFalseWhenTheCallEnds) {
  const auto transport = Scripted({Event::End(kRefused)});
  auto writer = StartWriter(transport);
  transport->Fill();
  EXPECT_TRUE(writer.Write(MakePing("a")));
  transport->loop().Run();
  EXPECT_FALSE(writer.Write(MakePing("b")));
  EXPECT_EQ(writer.Finish().error().code, Code::kPermissionDenied);
  EXPECT_EQ(transport->sent().size(), 1u);
}

TEST(ClientWriter, HoldsOnlySoMuchThatTheLoopHasNotSent) {
  const auto transport = Scripted({});
  auto writer = StartWriter(transport);
  transport->loop().Run();
  const Ping ping = MakePing(std::string(1000, 'x'));
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(writer.Write(ping));
  // The loop ran when some of it had to wait.
  EXPECT_GE(transport->sent().size(), 100u);
  EXPECT_LT(transport->sent().size(), 200u);
  writer = {};
  transport->loop().Run();
}

TEST(ClientWriter, CallsBackWhenMoreMayBeWritten) {
  const auto transport = Scripted({Event::Writable(), Event::Message(PongBytes("pong")), Event::End()});
  auto writer = StartWriter(transport);
  transport->Fill();
  std::optional<bool> first, second;
  writer.Write(MakePing("a"), [&](bool written) { first = written; });
  EXPECT_FALSE(first.has_value());
  transport->loop().Run();
  EXPECT_FALSE(first.has_value());
  transport->Play();
  EXPECT_EQ(first, true);
  writer.Write(MakePing("b"), [&](bool written) { second = written; });
  EXPECT_FALSE(second.has_value());
  transport->loop().Run();
  EXPECT_EQ(second, true);
  EXPECT_EQ(writer.Finish()->text(), "pong");
}

TEST(ClientWriter, CallsBackWithFalseWhenTheCallEnds) {
  const auto transport = Scripted({Event::End(kRefused)});
  auto writer = StartWriter(transport);
  transport->Fill();
  std::optional<bool> first, second;
  writer.Write(MakePing("a"), [&](bool written) { first = written; });
  transport->PlayAll();
  EXPECT_EQ(first, false);
  writer.Write(MakePing("b"), [&](bool written) { second = written; });
  transport->loop().Run();
  EXPECT_EQ(second, false);
}

TEST(ClientWriter, DestroyedWithACallbackOnItsWay) {
  const auto transport = Scripted({Event::End()});
  int told = 0;
  {
    auto writer = StartWriter(transport);
    transport->Fill();
    transport->loop().Run();
    writer.Write(MakePing("a"), [&](bool written) {
      EXPECT_FALSE(written);
      ++told;
    });
    writer.Finish([&](Result<Pong> result) {
      EXPECT_EQ(result.error().code, Code::kCanceled);
      ++told;
    });
  }
  transport->loop().Run();
  EXPECT_EQ(told, 2);
  EXPECT_TRUE(transport->released());
  EXPECT_EQ(transport.use_count(), 1);
}

TEST(ClientReaderWriter, GoesBothWays) {
  const auto transport = Scripted(
      {Event::Headers(), Event::Message(PongBytes("a")), Event::Message(PongBytes("b")), Event::End(kRefused)});
  auto stream = StartBidi(transport);
  Pong pong;
  EXPECT_TRUE(stream.Write(MakePing("1")));
  EXPECT_TRUE(stream.Read(&pong));
  EXPECT_EQ(pong.text(), "a");
  EXPECT_TRUE(stream.Write(MakePing("2")));
  stream.CloseSend();
  stream.CloseSend();
  EXPECT_FALSE(stream.Write(MakePing("3")));
  EXPECT_TRUE(stream.Read(&pong));
  EXPECT_FALSE(stream.Read(&pong));
  EXPECT_EQ(stream.Finish().code, Code::kPermissionDenied);
  EXPECT_EQ(transport->log(), (Texts{"start /test.Service/Bidi", "send 3", "send 3", "close", "release"}));
}

TEST(ClientReaderWriter, FinishClosesTheSendingSide) {
  const auto transport = Scripted({Event::End()});
  auto stream = StartBidi(transport);
  EXPECT_TRUE(stream.Finish().ok());
  EXPECT_TRUE(transport->Logged("close"));
}

// By the stream itself, and by a Cancellation.
struct Canceled {
  const char* name;
  std::function<void(ClientReaderWriter<Ping, Pong>* stream, Cancellation* cancellation)> cancel;
};
const Canceled kCanceled[] = {
    {"stream", [](auto* stream, auto*) { stream->Cancel(); }},
    {"cancellation", [](auto*, auto* cancellation) { cancellation->Cancel(); }},
};

// Another thread may do both while the loop is about to send.
TEST(ClientReaderWriter, NothingGetsAheadOfACancellation) {
  for (const auto& [name, cancel] : kCanceled) {
    SCOPED_TRACE(name);
    Cancellation cancellation;
    CallOptions options;
    options.cancellation = &cancellation;
    const auto transport = Scripted({Event::End()});
    auto stream = StartBidi(transport, options);
    transport->on_send = [&, cancel = cancel] {
      cancel(&stream, &cancellation);
      stream.CloseSend();
    };
    stream.Write(MakePing("a"), [](bool) {});
    transport->loop().Run();
    EXPECT_TRUE(transport->Logged("cancel canceled"));
    EXPECT_FALSE(transport->Logged("close"));
    EXPECT_EQ(stream.Finish().code, Code::kCanceled);
  }
}

TEST(ClientReaderWriter, ACancellationCountsThatMeetsTheEnd) {
  for (const auto& [name, cancel] : kCanceled) {
    SCOPED_TRACE(name);
    Cancellation cancellation;
    CallOptions options;
    options.cancellation = &cancellation;
    const auto transport = Scripted({Event::Message(PongBytes("a")), Event::End()});
    auto stream = StartBidi(transport, options);
    transport->loop().Run();
    transport->loop().RunInLoop([&, cancel = cancel] {
      cancel(&stream, &cancellation);
      transport->TellNext();
      transport->TellNext();
    });
    EXPECT_EQ(stream.Finish().code, Code::kCanceled);
  }
}

TEST(ClientReaderWriter, AWriteBeforeCloseSendIsReportedAsWritten) {
  const auto transport = Scripted({Event::Writable(), Event::End()});
  auto stream = StartBidi(transport);
  transport->Fill();
  std::optional<bool> written;
  stream.Write(MakePing("a"), [&](bool w) { written = w; });
  stream.CloseSend();
  transport->loop().Run();
  EXPECT_FALSE(transport->Logged("close"));  // while it is full
  transport->Play();
  EXPECT_EQ(written, true);
  EXPECT_TRUE(transport->Logged("close"));
  EXPECT_TRUE(stream.Finish().ok());
}

}  // namespace
}  // namespace connectrpc::test
