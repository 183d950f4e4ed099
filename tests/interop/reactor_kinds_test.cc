// What only one kind of stream has: a response, a request, both directions.

#include "interop/reactor_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;

using OneKind = ScriptedStream;

TEST_F(OneKind, ResponseOfAClientStreamGoesWithSuccess) {
  script_["start"] = [](Actions& reactor) {
    reactor.response->set_text("all");
    reactor.Finish();
  };
  Start(StreamType::kClientStream);
  EXPECT_THAT(Take(), ElementsAre("start", "> message all", "> finish ok", "done", "> Done"));
}

TEST_F(OneKind, ResponseOfAClientStreamIsDroppedWithAnError) {
  script_["start"] = [](Actions& reactor) {
    reactor.response->set_text("all");
    reactor.Finish(kGone);
  };
  Start(StreamType::kClientStream);
  EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "done", "> Done"));
}

TEST_F(OneKind, ResponseOfAClientStreamIsNewForEachCall) {
  script_["start"] = [](Actions& reactor) {
    EXPECT_EQ(reactor.response->text(), "");
    reactor.response->set_text(std::string(2000, 'a'));
    reactor.Finish(kGone);
  };
  for (int i = 0; i < 3; ++i) Start(StreamType::kClientStream);
}

TEST_F(OneKind, ServerStreamHasItsRequest) {
  std::string request;
  script_["start"] = [&](Actions& reactor) {
    request = reactor.request;
    reactor.Finish();
  };
  Start(StreamType::kServerStream);
  EXPECT_EQ(request, "go");
  EXPECT_THAT(Take(), ElementsAre("start", "> finish ok", "done", "> Done"));
}

TEST_F(OneKind, CancellationFailsReadAndWrite) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) {
    reactor.Read();
    reactor.Write("a");
  };
  Start(StreamType::kBidiStream);
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("start", "> message a", "cancel", "write failed", "read failed"));
  reactor_->Finish();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("done", "> Done"));
}

TEST_F(OneKind, WriterThatDoesNotCareForCancellationHasItsReads) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) {
    reactor.Read();
    reactor.Write("a");
  };
  bool finished = false;
  script_["write failed"] = [&](Actions& reactor) {
    if (!finished) reactor.Write("b");
  };
  script_["read failed"] = [&](Actions& reactor) {
    finished = true;
    reactor.Finish();
  };
  Start(StreamType::kBidiStream);
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("start", "> message a", "cancel", "write failed", "read failed", "write failed",
                                  "done", "> Done"));
}

TEST_F(OneKind, OnDoneWaitsForEachReaction) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) {
    reactor.SendHeaders();
    reactor.Read();
    reactor.Write("a");
    reactor.Finish(kGone);
  };
  Start(StreamType::kBidiStream);
  EXPECT_THAT(Take(), ElementsAre("start", "> headers", "> message a", "> finish not_found", "headers ok", "write ok",
                                  "read failed", "done", "> Done"));
}

TEST_F(OneKind, ReadAndWriteGoOnIndependently) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) {
    reactor.Read();
    reactor.Write("a");
  };
  Start(StreamType::kBidiStream);
  Message("x");
  EXPECT_THAT(Take(), ElementsAre("start", "> message a", "read ok x"));
  HalfClose();
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("read failed"));
  Writable();
  EXPECT_THAT(Take(), ElementsAre("write ok"));
  reactor_->Finish();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish ok", "done", "> Done"));
}

TEST_F(OneKind, AllOperationsOfAnotherThreadAtOnce) {
  Start(StreamType::kBidiStream);
  Message("x");
  Take();
  OnThread([](Actions& reactor) {
    reactor.SendHeaders();
    reactor.Read();
    reactor.Write("a");
    reactor.Finish(kGone);
  });
  EXPECT_THAT(Take(), ElementsAre("> headers", "> resume", "> message a", "> finish not_found", "headers ok",
                                  "write ok", "read ok x", "done", "> Done"));
}

TEST_F(OneKind, MessagesInJson) {
  responder_.json = true;
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  script_["read ok"] = [](Actions& reactor) { reactor.Write("b"); };
  script_["write ok"] = [](Actions& reactor) { reactor.Read(); };
  Start(StreamType::kBidiStream);
  Bytes(R"({"text": "a"})");
  EXPECT_THAT(Take(), ElementsAre("start", "read ok a", R"(> message {"text":"b"})", "write ok"));
  script_["read failed"] = [](Actions& reactor) { reactor.Finish(); };
  Bytes("{");
  EXPECT_THAT(Take(), ElementsAre("> finish invalid_argument", "cancel", "read failed", "done", "> Done"));
}

TEST_F(OneKind, ResponseThatJsonCannotSay) {
  responder_.json = true;
  script_["start"] = [](Actions& reactor) { reactor.Write("\xff"); };
  script_["write failed"] = [](Actions& reactor) { reactor.Finish(); };
  Start(StreamType::kBidiStream);
  EXPECT_THAT(Take(), ElementsAre("start", "> finish internal", "cancel", "write failed", "done", "> Done"));
}

}  // namespace
}  // namespace connectrpc::test
