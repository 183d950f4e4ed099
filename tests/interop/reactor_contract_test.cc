// What holds for reactors of every kind of stream: beginning, headers, cancellation, end.

#include "interop/reactor_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

TEST_P(EveryKind, HeadersThatComeTooLateAreNotSent) {
  script_["start"] = [](Actions& reactor) { reactor.SendHeaders(); };
  script_["headers ok"] = [](Actions& reactor) {
    reactor.context->AddInitialMetadata("x-late", "1");
    reactor.Finish(kGone);
  };
  Start();
  EXPECT_THAT(Take(), ElementsAre("start", "> headers", "headers ok", "> finish not_found", "done", "> Done"));
  EXPECT_EQ(responder_.headers.Find("x-late"), std::nullopt);
  EXPECT_EQ(responder_.end.trailers.Find("x-late"), std::nullopt);
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

TEST_P(EveryKind, SecondFinishOfAnotherThreadIsIgnored) {
  Start();
  Take();
  // Each with a text of its own to hand over, at the same time.
  const grpc::Status statuses[] = {{grpc::StatusCode::NOT_FOUND, std::string(100, 'a')},
                                   {grpc::StatusCode::NOT_FOUND, std::string(100, 'b')}};
  std::thread first([&] { reactor_->Finish(statuses[0]); });
  std::thread second([&] { reactor_->Finish(statuses[1]); });
  first.join();
  second.join();
  Turn();
  EXPECT_THAT(Take(), ElementsAre("> finish not_found", "done", "> Done"));
  EXPECT_THAT(responder_.end.error.message, ::testing::AnyOf(statuses[0].error_message(), statuses[1].error_message()));
}

TEST_P(EveryKind, FinishOfAnotherThreadIsTheFirst) {
  Start();
  Take();
  std::thread([&] { reactor_->Finish(kGone); }).join();
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

}  // namespace
}  // namespace connectrpc::test
