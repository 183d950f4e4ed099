// What holds for reactors that read.

#include "interop/reactor_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <utility>

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace connectrpc::test
