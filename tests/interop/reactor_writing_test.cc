// What holds for reactors that write.

#include "interop/reactor_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace connectrpc::test
