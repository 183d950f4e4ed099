// What gRPC promises to the reactor of a streaming method, kept by calls that gRPC does not know. Everything happens on
// the test's thread, in an order that the test decides, or on threads that it has joined.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>
#include <string>

#include "interop/scripted_stream.h"

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const grpc::Status kGone(grpc::StatusCode::NOT_FOUND, "gone");

struct Kind {
  const char* name;
  StreamType type;
};
// The bytes, padding and all, would be printed otherwise.
std::ostream& operator<<(std::ostream& out, const Kind& kind) {
  return out << kind.name;
}
constexpr Kind kCollect{"ClientStream", StreamType::kClientStream};
constexpr Kind kExpand{"ServerStream", StreamType::kServerStream};
constexpr Kind kChat{"Bidi", StreamType::kBidiStream};

class ContractTest : public ScriptedStream, public ::testing::WithParamInterface<Kind> {
 protected:
  void Start() { ScriptedStream::Start(GetParam().type); }
  // Ends the call in whatever state it is.
  void EndCall() {
    if (!responder_.done) reactor_->Finish(kGone);
    Turn();
    Take();
  }
};
std::string NameOf(const ::testing::TestParamInfo<Kind>& info) {
  return info.param.name;
}

// --- Every kind ---

class EveryKind : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, EveryKind, ::testing::Values(kCollect, kExpand, kChat), NameOf);

TEST_P(EveryKind, FinishInTheMethodEndsTheCall) {
  script_["start"] = [](Actions& reactor) { reactor.Finish(kGone); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "done", "> Done"));
  EXPECT_EQ(responder_.end.error.message, "gone");
}

TEST_P(EveryKind, FinishLaterEndsTheCallAfterItHasReturned) {
  Start();
  EXPECT_THAT(Take(), ElementsAre("start"));
  reactor_->Finish(kGone);
  EXPECT_THAT(Take(), ElementsAre("> finish not_found"));
  Turn();
  EXPECT_THAT(Take(), ElementsAre("done", "> Done"));
}

TEST_P(EveryKind, FinishOnAnotherThreadEndsTheCallOnTheLoop) {
  Start();
  std::thread([&] { reactor_->Finish(kGone); }).join();
  EXPECT_THAT(Take(), ElementsAre("start"));
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish not_found", "done", "> Done"));
}

TEST_P(EveryKind, NoReactorIsUnimplemented) {
  method_ = [] { return false; };
  Start();
  EXPECT_THAT(Take(), ElementsAre("> finish unimplemented", "> Done"));
  EXPECT_EQ(responder_.end.error.message, "");
}

TEST_P(EveryKind, MethodThatThrowsIsUnimplemented) {
  method_ = []() -> bool { throw std::runtime_error("no"); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("> finish unimplemented", "> Done"));
  EXPECT_EQ(responder_.end.error.message, "");
}

TEST_P(EveryKind, HeadersInTheMethodAreDoneAfterIt) {
  script_["start"] = [](Actions& reactor) {
    reactor.context->AddInitialMetadata("x-early", "1");
    reactor.SendHeaders();
  };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> headers", "headers ok"));
  EXPECT_EQ(responder_.headers.Find("x-early"), "1");
  EndCall();
}

TEST_P(EveryKind, HeadersLaterAreDoneAfterTheOperationHasReturned) {
  Start();
  Take();
  reactor_->SendHeaders();
  EXPECT_THAT(Take(), ElementsAre("> headers"));
  Turn();
  EXPECT_THAT(Take(), ElementsAre("headers ok"));
  EndCall();
}

TEST_P(EveryKind, HeadersFromAnotherThread) {
  Start();
  Take();
  OnThread([](Actions& reactor) { reactor.SendHeaders(); });
  EXPECT_THAT(Take(), ElementsAre("> headers", "headers ok"));
  EndCall();
}

TEST_P(EveryKind, HeadersGoWithTheEnd) {
  script_["start"] = [](Actions& reactor) {
    reactor.context->AddInitialMetadata("x-early", "1");
    reactor.context->AddTrailingMetadata("x-late", "2");
    reactor.Finish(kGone);
  };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> headers", "> finish not_found", "done", "> Done"));
  EXPECT_EQ(responder_.headers.Find("x-early"), "1");
  EXPECT_EQ(responder_.end.trailers.Find("x-late"), "2");
}

TEST_P(EveryKind, HeadersOfACancelledCallFail) {
  Start();
  Take();
  Cancel();
  reactor_->SendHeaders();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("cancel", "headers failed"));
  EndCall();
}

TEST_P(EveryKind, MetadataThatCannotBeSentAreTheHandlersFault) {
  script_["start"] = [](Actions& reactor) {
    reactor.context->AddInitialMetadata("x-bad", "\n");
    reactor.SendHeaders();
  };
  script_["cancel"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish internal", "cancel", "headers failed", "done", "> Done"));
}

TEST_P(EveryKind, TrailersThatCannotBeSentAreTheHandlersFault) {
  script_["start"] = [](Actions& reactor) {
    reactor.context->AddTrailingMetadata("x-bad", "\n");
    reactor.Finish();
  };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish internal", "done", "> Done"));
}

TEST_P(EveryKind, CancellationWaitsForFinish) {
  bool cancelled = true;
  script_["start"] = [&](Actions& reactor) { cancelled = reactor.context->IsCancelled(); };
  Start();
  EXPECT_FALSE(cancelled);
  script_["cancel"] = [&](Actions& reactor) { cancelled = reactor.context->IsCancelled(); };
  Cancel();
  EXPECT_TRUE(cancelled);
  EXPECT_THAT(Take(), ElementsAre("start", "cancel"));
  Turn();
  EXPECT_THAT(Take(), IsEmpty());
  reactor_->Finish();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("done", "> Done"));
}

TEST_P(EveryKind, FinishInOnCancel) {
  script_["cancel"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("start", "cancel", "done", "> Done"));
}

TEST_P(EveryKind, FinishOnAnotherThreadMeetsACancellation) {
  Start();
  std::thread([&] { reactor_->Finish(); }).join();
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("start", "cancel"));
  Turn();
  EXPECT_THAT(Take(), ElementsAre("done", "> Done"));
}

TEST_P(EveryKind, ReactionThatThrowsEndsTheCall) {
  script_["start"] = [](Actions& reactor) { reactor.SendHeaders(); };
  script_["headers ok"] = [](Actions&) { throw std::runtime_error("no"); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> headers", "headers ok", "> finish unknown", "cancel", "done", "> Done"));
}

TEST_P(EveryKind, OnCancelThatThrowsEndsTheCall) {
  script_["cancel"] = [](Actions&) { throw std::runtime_error("no"); };
  Start();
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("start", "cancel", "done", "> Done"));
}

TEST_P(EveryKind, OnDoneThatThrowsChangesNothing) {
  script_["start"] = [](Actions& reactor) { reactor.Finish(kGone); };
  script_["done"] = [](Actions&) { throw std::runtime_error("no"); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "done", "> Done"));
}

TEST_P(EveryKind, SecondFinishIsIgnored) {
  Start();
  Take();
  reactor_->Finish(kGone);
  reactor_->Finish();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish not_found", "done", "> Done"));
}

TEST_P(EveryKind, SecondOperationAtATimeCancelsTheCall) {
  script_["cancel"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  Take();
  reactor_->SendHeaders();
  reactor_->SendHeaders();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> headers", "> finish internal", "cancel", "headers ok", "done", "> Done"));
}

TEST_P(EveryKind, SecondOperationOfAnotherThreadCancelsTheCall) {
  script_["cancel"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  Take();
  OnThread([](Actions& reactor) {
    reactor.SendHeaders();
    reactor.SendHeaders();
  });
  EXPECT_THAT(Take(), ElementsAre("> finish internal", "cancel", "headers failed", "done", "> Done"));
}

TEST_P(EveryKind, NextCallKnowsNothingOfTheLast) {
  script_["start"] = [](Actions& reactor) {
    reactor.context->AddInitialMetadata("x-early", "1");
    reactor.context->AddTrailingMetadata("x-late", "2");
    reactor.SendHeaders();
  };
  Start();
  server::Kept* const kept = responder_.kept_by_stream().get();
  Cancel();
  reactor_->Finish(kGone);
  Turn();
  Take();

  script_["start"] = [](Actions& reactor) { reactor.Finish(kGone); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "done", "> Done"));
  EXPECT_TRUE(responder_.end.trailers.empty());
  EXPECT_EQ(responder_.kept_by_stream().get(), kept);
}

TEST_P(EveryKind, NextCallMayBeOfAnotherMethod) {
  script_["start"] = [](Actions& reactor) { reactor.Finish(kGone); };
  for (const Kind& kind : {kChat, kCollect, kExpand}) {
    ScriptedStream::Start(kind.type);
    EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "done", "> Done")) << kind.name;
    Start();
    EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "done", "> Done")) << kind.name;
  }
}

// --- Reading ---

class Reading : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, Reading, ::testing::Values(kCollect, kChat), NameOf);

TEST_P(Reading, ReadWaitsForItsMessage) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start"));
  Message("a");
  EXPECT_THAT(Take(), ElementsAre("read ok a"));
  EndCall();
}

TEST_P(Reading, ReactionsReadOn) {
  script_["start"] = script_["read ok"] = [](Actions& reactor) { reactor.Read(); };
  script_["read failed"] = [](Actions& reactor) { reactor.Finish(kGone); };
  Start();
  Message("a");
  Message("b");
  HalfClose();
  EXPECT_THAT(Take(),
              ElementsAre("start", "read ok a", "read ok b", "read failed", "> finish not_found", "done", "> Done"));
}

TEST_P(Reading, MessagesThatNobodyHasAskedForWait) {
  Start();
  Message("a");
  Message("b");
  HalfClose();
  EXPECT_THAT(Take(), ElementsAre("start", "> pause"));
  reactor_->Read();
  EXPECT_THAT(Take(), IsEmpty());
  Turn();
  EXPECT_THAT(Take(), ElementsAre("read ok a"));
  reactor_->Read();
  EXPECT_THAT(Take(), ElementsAre("> resume"));
  Turn();
  EXPECT_THAT(Take(), ElementsAre("read ok b"));
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("read failed"));
  EndCall();
}

TEST_P(Reading, WaitingMessagesAreReadByReactions) {
  script_["read ok"] = [](Actions& reactor) { reactor.Read(); };
  Start();
  for (const char* text : {"a", "b", "c"}) Message(text);
  Take();
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("read ok a", "read ok b", "> resume", "read ok c"));
  EndCall();
}

TEST_P(Reading, ReadAfterHalfCloseFails) {
  Start();
  HalfClose();
  reactor_->Read();
  Turn();
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("start", "read failed", "read failed"));
  EndCall();
}

TEST_P(Reading, ReadOfAnotherThread) {
  Start();
  Take();
  OnThread([](Actions& reactor) { reactor.Read(); });
  EXPECT_THAT(Take(), IsEmpty());
  Message("a");
  EXPECT_THAT(Take(), ElementsAre("read ok a"));
  Message("b");
  OnThread([](Actions& reactor) { reactor.Read(); });
  EXPECT_THAT(Take(), ElementsAre("> pause", "> resume", "read ok b"));
  EndCall();
}

TEST_P(Reading, CancellationFailsTheReadAndLaterOnes) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  Start();
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("start", "cancel", "read failed"));
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("read failed"));
  EndCall();
}

TEST_P(Reading, CancellationDropsWhatWasNotRead) {
  Start();
  Message("a");
  Take();
  Cancel();
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> resume", "cancel", "read failed"));
  EndCall();
}

TEST_P(Reading, CancellationBetweenAReadAndItsReaction) {
  Start();
  Message("a");
  reactor_->Read();
  Take();
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("cancel", "read ok a"));
  EndCall();
}

TEST_P(Reading, CancellationMeetsAReadOfAnotherThread) {
  Start();
  Take();
  std::thread([&] { reactor_->Read(); }).join();
  Cancel();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("cancel", "read failed"));
  EndCall();
}

TEST_P(Reading, FinishFailsTheRead) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  Start();
  reactor_->Finish(kGone);
  Turn();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "read failed", "done", "> Done"));
}

TEST_P(Reading, ReadAfterFinishFailsBeforeOnDone) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  bool again = true;
  script_["read failed"] = [&](Actions& reactor) {
    if (std::exchange(again, false)) reactor.Read();
  };
  Start();
  reactor_->Finish(kGone);
  Turn();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish not_found", "read failed", "read failed", "done", "> Done"));
}

TEST_P(Reading, FinishDropsWhatWasNotRead) {
  Start();
  Message("a");
  Take();
  reactor_->Finish(kGone);
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish not_found", "> resume", "done", "> Done"));
}

TEST_P(Reading, BrokenMessageIsNoHalfClose) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  script_["read failed"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  Bytes("\xff");
  EXPECT_THAT(Take(), ElementsAre("start", "> finish internal", "cancel", "read failed", "done", "> Done"));
  EXPECT_EQ(responder_.end.error.message, "cannot decode request");
}

TEST_P(Reading, BrokenMessageThatWaited) {
  script_["read failed"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  Bytes("\xff");
  Message("b");
  Take();
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish internal", "> resume", "cancel", "read failed", "done", "> Done"));
}

TEST_P(Reading, BrokenMessageThatNobodyReads) {
  Start();
  Bytes("\xff");
  Take();
  reactor_->Finish(kGone);
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish not_found", "> resume", "done", "> Done"));
}

TEST_P(Reading, MessagesAfterTheEndAreDropped) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  Start();
  Bytes("\xff");
  Message("b");
  HalfClose();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish internal", "cancel", "read failed"));
  EndCall();
}

TEST_P(Reading, ReactionThatThrowsEndsTheCall) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  script_["read ok"] = [](Actions& reactor) {
    reactor.Read();
    throw std::runtime_error("no");
  };
  Start();
  Message("a");
  EXPECT_THAT(Take(), ElementsAre("start", "read ok a", "> finish unknown", "cancel", "read failed", "done", "> Done"));
}

TEST_P(Reading, ReactionThatThrowsAfterFinish) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  script_["read ok"] = [](Actions& reactor) {
    reactor.Finish(kGone);
    throw std::runtime_error("no");
  };
  Start();
  Message("a");
  EXPECT_THAT(Take(), ElementsAre("start", "read ok a", "> finish not_found", "done", "> Done"));
}

TEST_P(Reading, SecondReadAtATimeCancelsTheCall) {
  script_["start"] = [](Actions& reactor) { reactor.Read(); };
  script_["cancel"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  reactor_->Read();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("start", "> finish internal", "cancel", "read failed", "done", "> Done"));
}

TEST_P(Reading, LongBacklogTakesTurns) {
  int reads = 0;
  script_["read ok"] = [&](Actions& reactor) {
    ++reads;
    reactor.Read();
  };
  Start();
  for (int i = 0; i < 1000; ++i) Message("a");
  reactor_->Read();
  Turn();
  EXPECT_GT(reads, 1);
  EXPECT_LT(reads, 1000);
  for (int i = 0; i < 100; ++i) Turn();
  EXPECT_EQ(reads, 1000);
  EXPECT_THAT(Take(), ::testing::Not(::testing::Contains("REACTION INSIDE OF ANOTHER")));
  EndCall();
}

// --- Writing ---

class Writing : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, Writing, ::testing::Values(kExpand, kChat), NameOf);

TEST_P(Writing, WriteInTheMethod) {
  script_["start"] = [](Actions& reactor) { reactor.Write("a"); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> message a", "write ok"));
  EndCall();
}

TEST_P(Writing, WriteAndFinishOfEachInTheMethod) {
  script_["start"] = [](Actions& reactor) {
    reactor.SendHeaders();
    reactor.Write("a");
    reactor.Finish(kGone);
  };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> headers", "> message a", "> finish not_found", "headers ok", "write ok",
                                  "done", "> Done"));
}

TEST_P(Writing, WriteLaterIsDoneAfterItHasReturned) {
  Start();
  Take();
  reactor_->Write("a");
  EXPECT_THAT(Take(), ElementsAre("> message a"));
  Turn();
  EXPECT_THAT(Take(), ElementsAre("write ok"));
  EndCall();
}

TEST_P(Writing, WriteOfAnotherThread) {
  Start();
  Take();
  OnThread([](Actions& reactor) { reactor.Write("a"); });
  EXPECT_THAT(Take(), ElementsAre("> message a", "write ok"));
  EndCall();
}

TEST_P(Writing, ReactionsWriteOn) {
  int left = 2;
  script_["start"] = script_["write ok"] = [&](Actions& reactor) {
    left-- > 0 ? reactor.Write(std::to_string(left)) : reactor.Finish();
  };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> message 1", "write ok", "> message 0", "write ok", "> finish ok", "done",
                                  "> Done"));
}

TEST_P(Writing, HeadersGoWithTheFirstMessage) {
  script_["start"] = [](Actions& reactor) {
    reactor.context->AddInitialMetadata("x-early", "1");
    reactor.Write("a");
  };
  script_["write ok"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> headers", "> message a", "write ok", "> finish ok", "done", "> Done"));
  EXPECT_EQ(responder_.headers.Find("x-early"), "1");
}

TEST_P(Writing, WriteWaitsWhileTheCallerDoesNotRead) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) { reactor.Write("a"); };
  Start();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("start", "> message a"));
  Writable();
  EXPECT_THAT(Take(), ElementsAre("write ok"));
  Writable();
  EXPECT_THAT(Take(), IsEmpty());
  EndCall();
}

TEST_P(Writing, CancellationFailsTheWriteAndLaterOnes) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) { reactor.Write("a"); };
  Start();
  Cancel();
  EXPECT_THAT(Take(), ElementsAre("start", "> message a", "cancel", "write failed"));
  reactor_->Write("b");
  Turn();
  EXPECT_THAT(Take(), ElementsAre("write failed"));
  EndCall();
}

TEST_P(Writing, CancellationMeetsAWriteOfAnotherThread) {
  Start();
  Take();
  std::thread([&] { reactor_->Write("a"); }).join();
  Cancel();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("cancel", "write failed"));
  EndCall();
}

TEST_P(Writing, FinishDoesNotWaitForTheCaller) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) { reactor.Write("a"); };
  Start();
  reactor_->Finish();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("start", "> message a", "> finish ok", "write ok", "done", "> Done"));
}

TEST_P(Writing, WriteAfterFinishFailsBeforeOnDone) {
  Start();
  Take();
  reactor_->Finish();
  reactor_->Write("a");
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish ok", "write failed", "done", "> Done"));
}

TEST_P(Writing, LastWriteGoesAheadOfTheEnd) {
  Start();
  Take();
  reactor_->Write("a", grpc::WriteOptions().set_last_message());
  reactor_->Finish(kGone);
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> message a", "> finish not_found", "write ok", "done", "> Done"));
}

TEST_P(Writing, WriteAndFinishHasNoReactionOfItsOwn) {
  for (const grpc::Status& status : {grpc::Status(), kGone}) {
    const std::string finish = status.ok() ? "> finish ok" : "> finish not_found";
    script_["start"] = [&](Actions& reactor) { reactor.WriteAndFinish("a", status); };
    Start();
    EXPECT_THAT(Take(), ElementsAre("start", "> message a", finish, "done", "> Done"));

    script_["start"] = [](Actions&) {};
    Start();
    Take();
    reactor_->WriteAndFinish("a", status);
    Turn();
    EXPECT_THAT(Take(), ElementsAre("> message a", finish, "done", "> Done"));

    Start();
    Take();
    OnThread([&](Actions& reactor) { reactor.WriteAndFinish("a", status); });
    EXPECT_THAT(Take(), ElementsAre("> message a", finish, "done", "> Done"));
  }
}

TEST_P(Writing, MessagesThatAreNotToBeCompressed) {
  const auto plain = grpc::WriteOptions().set_no_compression();
  Start();
  Take();
  for (const bool on_thread : {false, true}) {
    const auto run = [&](const std::function<void(Actions&)>& work) {
      if (on_thread) {
        OnThread(work);
      } else {
        work(*reactor_);
        Turn();
      }
    };
    run([&](Actions& reactor) { reactor.Write("a", plain); });
    run([&](Actions& reactor) { reactor.Write("b"); });
    EXPECT_THAT(Take(), ElementsAre("> plain message a", "write ok", "> message b", "write ok"));
    run([&](Actions& reactor) { reactor.WriteAndFinish("c", grpc::Status(), plain); });
    EXPECT_THAT(Take(), ElementsAre("> plain message c", "> finish ok", "done", "> Done"));
    if (!on_thread) Start();
    Take();
  }
}

TEST_P(Writing, WriteAndFinishOfACancelledCall) {
  Start();
  Cancel();
  Take();
  reactor_->WriteAndFinish("a", kGone);
  Turn();
  EXPECT_THAT(Take(), ElementsAre("done", "> Done"));
}

TEST_P(Writing, FinishOnTheLoopDoesNotOvertakeAWriteOfAnotherThread) {
  Start();
  Take();
  std::thread([&] { reactor_->Write("a"); }).join();
  reactor_->Finish();
  EXPECT_THAT(Take(), ElementsAre("> message a", "> finish ok"));
  Turn();
  EXPECT_THAT(Take(), ElementsAre("write ok", "done", "> Done"));
}

TEST_P(Writing, ReactionsThatThrowEndTheCall) {
  responder_.full = true;
  script_["start"] = [](Actions& reactor) { reactor.Write("a"); };
  script_["write ok"] = [](Actions& reactor) {
    reactor.Write("b");
    throw std::runtime_error("no");
  };
  Start();
  Writable();
  // The second one throws as well.
  EXPECT_THAT(Take(), ElementsAre("start", "> message a", "write ok", "> message b", "> finish unknown", "cancel",
                                  "write ok", "write failed", "done", "> Done"));
}

TEST_P(Writing, SecondWriteAtATimeCancelsTheCall) {
  script_["cancel"] = [](Actions& reactor) { reactor.Finish(); };
  Start();
  Take();
  reactor_->Write("a");
  reactor_->Write("b");
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> message a", "> finish internal", "cancel", "write ok", "done", "> Done"));
}

TEST_P(Writing, WriterThatDoesNotCareForCancellationLeavesTheLoopToOthers) {
  int writes = 0;
  script_["start"] = [](Actions& reactor) { reactor.Write("a"); };
  script_["write failed"] = [&](Actions& reactor) {
    ++writes;
    reactor.Write("b");
  };
  responder_.full = true;
  Start();
  Cancel();
  const int before = writes;
  EXPECT_GT(before, 0);
  Turn();
  EXPECT_GT(writes, before);
  script_["write failed"] = [](Actions& reactor) { reactor.Finish(); };
  Take();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("write failed", "done", "> Done"));
}

// --- One kind ---

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
