// Plays the calls of tests/transcripts/server_call: each in pieces of every kind, and each broken off at every step.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/server_call_answer.h"
#include "protocol/server_call_run.h"
#include "protocol/server_call_script.h"
#include "protocol/server_call_show.h"
#include "support/several_ways.h"

namespace connectrpc::test {
namespace {

using protocol::ServerCall;
using Event = ServerCall::Event;
using StartResult = ServerCall::StartResult;

std::vector<std::filesystem::path> Transcripts() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(CONNECTRPC_TEST_DIR "/transcripts/server_call")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

protocol::RpcEnd EndOf(Code code) {
  protocol::RpcEnd end;
  if (code != Code::kOk) end.error = Error(code, "ended by the test");
  return end;
}

class ServerCallTranscript : public testing::TestWithParam<std::filesystem::path> {
 protected:
  void SetUp() override {
    std::ifstream file(GetParam());
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::string problem;
    std::optional<CallScript> script = ParseCallScript(text, &problem);
    ASSERT_TRUE(script.has_value()) << problem;
    script_ = *std::move(script);
  }

  // The call has ended once, the answer is what a client can read, and nothing changes it any more.
  void ExpectEnded(CallRun* run) {
    run->Feed({}, wire::EndStream::kNo);
    ServerCall& call = run->call();
    ASSERT_TRUE(call.finished());
    ASSERT_TRUE(call.response_ready());
    ASSERT_LE(run->CountEvents(Event::kFailed), 1u);
    if (run->CountEvents(Event::kFailed) == 1) {
      EXPECT_EQ(run->events().back().kind, Event::kFailed);
      EXPECT_FALSE(call.error().ok());
    }
    const std::string bytes = run->body_bytes();
    const CallAnswer answer =
        ReadCallAnswer(call.request(), run->response(), run->body(), bytes, registries_.compressions);
    const std::string shown = ShowAnswer(*run, registries_);
    EXPECT_EQ(answer.fault, "") << shown;
    EXPECT_EQ(CodeName(answer.end.error.code), CodeName(call.error().code)) << shown;

    const size_t events = run->events().size();
    call.SendHeaders(HeaderList());
    call.SendMessage(Payload::Borrow("late"));
    call.Finish(EndOf(Code::kAborted));
    call.Fail(Error(Code::kAborted, "late"));
    run->Feed({"\0\0\0\0\4late", 9}, wire::EndStream::kYes);
    EXPECT_EQ(run->events().size(), events);
    EXPECT_EQ(ShowAnswer(*run, registries_), shown);
  }

  // Calls f(run, rest) for a call of which so many bytes, 0 to all, were read; only if it was started.
  template <class F>
  void AfterEachByte(F&& f) {
    for (size_t size = 0; size <= script_.body.size(); ++size) {
      SCOPED_TRACE("after " + std::to_string(size) + " bytes");
      CallRun run(script_, registries_);
      if (run.Start() != StartResult::kStarted) return;
      const std::string_view body = script_.body;
      run.Feed(body.substr(0, size), wire::EndStream::kNo);
      f(&run, body.substr(size));
      if (HasFatalFailure()) return;
    }
  }

  CallScript script_;
  const CallRegistries registries_;
};

TEST_P(ServerCallTranscript, IsTheSameHoweverTheRequestIsCut) {
  for (EndPlace place : {EndPlace::kWithLastPiece, EndPlace::kAfterwards}) {
    SCOPED_TRACE(place == EndPlace::kAfterwards ? "ends afterwards" : "ends with the last piece");
    ForEachSplit(script_.body, [&](const std::vector<std::string_view>& pieces) {
      CallRun run(script_, registries_);
      const StartResult result = run.Start();
      if (result == StartResult::kStarted) FeedAll(pieces, place, script_.ends, &run);
      EXPECT_EQ(ShowCall(result, run, registries_), script_.expected);
    });
  }
}

TEST_P(ServerCallTranscript, AnswersARefusedHead) {
  CallRun run(script_, registries_);
  if (run.Start() == StartResult::kAnswered) ExpectEnded(&run);
}

TEST_P(ServerCallTranscript, EndsWhereverTheRequestEnds) {
  AfterEachByte([&](CallRun* run, std::string_view) {
    run->Feed({}, wire::EndStream::kYes);
    if (!run->call().finished()) {
      ASSERT_FALSE(run->events().empty());
      EXPECT_EQ(run->events().back().kind, Event::kHalfClosed);
      run->call().Finish(EndOf(Code::kOk));
    }
    ExpectEnded(run);
  });
}

TEST_P(ServerCallTranscript, EndsWhereverTheRequestBreaksOff) {
  AfterEachByte([&](CallRun* run, std::string_view rest) {
    const bool finished = run->call().finished();
    const size_t failed = run->CountEvents(Event::kFailed);
    run->call().Fail(Error(Code::kCanceled, "broken off"));
    run->Feed(rest, wire::EndStream::kYes);
    EXPECT_EQ(run->CountEvents(Event::kFailed), finished ? failed : 1);
    if (!finished) {
      EXPECT_EQ(run->call().error().code, Code::kCanceled);
    }
    ExpectEnded(run);
  });
}

TEST_P(ServerCallTranscript, EndsWhereverTheHandlerFinishes) {
  for (Code code : {Code::kOk, Code::kNotFound}) {
    SCOPED_TRACE(CodeName(code));
    AfterEachByte([&](CallRun* run, std::string_view rest) {
      const bool finished = run->call().finished();
      const size_t events = run->events().size();
      run->call().Finish(EndOf(code));
      run->Feed(rest, wire::EndStream::kYes);
      EXPECT_EQ(run->events().size(), events);
      if (!finished && code != Code::kOk) {
        EXPECT_EQ(run->call().error().code, code);
      }
      ExpectEnded(run);
    });
  }
}

TEST_P(ServerCallTranscript, EndsAtADeadlineBeforeEachStepOfTheHandler) {
  for (size_t step = 0;; ++step) {
    SCOPED_TRACE("before step " + std::to_string(step));
    CallRun run(script_, registries_);
    run.FailBeforeStep(step);
    if (run.Start() != StartResult::kStarted) return;
    run.Feed(script_.body, wire::EndStream::kYes);
    if (run.steps_done() <= step) return;
    if (run.call().error().code == Code::kDeadlineExceeded) {
      EXPECT_EQ(run.CountEvents(Event::kFailed), 1u);
    }
    ExpectEnded(&run);
    if (HasFatalFailure()) return;
  }
}

std::string StemOf(const testing::TestParamInfo<std::filesystem::path>& info) {
  return info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(All, ServerCallTranscript, testing::ValuesIn(Transcripts()), StemOf);

}  // namespace
}  // namespace connectrpc::test
