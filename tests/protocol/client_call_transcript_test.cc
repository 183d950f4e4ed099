// Plays the calls of tests/transcripts/client_call: each with its answer in pieces of every kind, and each broken off
// at every step.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/client_call_run.h"
#include "protocol/client_call_script.h"
#include "protocol/client_call_show.h"
#include "protocol/transcript.h"
#include "support/several_ways.h"

namespace connectrpc::test {
namespace {

using protocol::ClientCall;
using protocol::Show;
using Event = ClientCall::Event;

constexpr uint32_t kCancel = 8;  // RFC 9113 section 7

std::vector<std::filesystem::path> Transcripts() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(CONNECTRPC_TEST_DIR "/transcripts/client_call")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class ClientCallTranscript : public testing::TestWithParam<std::filesystem::path> {
 protected:
  void SetUp() override {
    std::ifstream file(GetParam());
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::string problem;
    std::optional<ClientCallScript> script = ParseClientCallScript(text, &problem);
    ASSERT_TRUE(script.has_value()) << problem;
    script_ = *std::move(script);
  }

  bool single_response() const { return !ServerStreams(script_.method.stream_type); }

  // The same machine plays the whole script as if nothing had been before.
  void ExpectAsEver(ClientCall* call) {
    ClientCallRun run(script_, registries_, call);
    const Error started = run.Start();
    if (started.ok()) Answer({script_.body}, &run);
    ASSERT_EQ(ShowClientCall(started, run, registries_), script_.expected);
  }

  // The call has ended once, in order, and nothing changes it any more.
  void ExpectEnded(ClientCallRun* run) {
    const std::vector<ClientCallEvent>& events = run->events();
    ASSERT_EQ(run->CountEvents(Event::kEnd), 1u);
    ASSERT_EQ(events.back().kind, Event::kEnd);
    ASSERT_TRUE(run->call().ended());
    ASSERT_LE(run->CountEvents(Event::kHeaders), 1u);
    if (run->CountEvents(Event::kHeaders) == 1) {
      ASSERT_EQ(events.front().kind, Event::kHeaders);
    }
    const protocol::RpcEnd& end = run->call().end();
    if (single_response()) {
      ASSERT_EQ(run->CountEvents(Event::kMessage), end.error.ok() ? 1u : 0u);
    }
    HeaderList metadata = run->call().headers();
    for (HeaderField field : end.trailers) metadata.Add(field.name, field.value);
    EXPECT_EQ(Show(end.error.metadata), end.error.ok() ? "" : Show(metadata));

    const std::string shown = ShowClientEvents(*run);
    const std::string sent = run->body_bytes();
    run->call().SendMessage(Payload::Borrow("late"));
    run->call().CloseSend();
    run->Head();
    run->Feed({"\0\0\0\0\4late", 9});
    run->Complete(protocol::Fields("grpc-status: 0\n"));
    run->Reset(kCancel, "late");
    run->Fail(Error(Code::kAborted, "late"));
    EXPECT_EQ(ShowClientEvents(*run), shown);
    EXPECT_EQ(run->body_bytes(), sent);
  }

  // Breaks the call off by `f` before its head, and after every byte of its body.
  void BreakOffEverywhere(const std::function<void(ClientCallRun*)>& f) {
    {
      SCOPED_TRACE("before the head");
      ClientCall call;
      ClientCallRun run(script_, registries_, &call);
      if (!run.Start().ok()) return;
      f(&run);
      ExpectEnded(&run);
      ExpectAsEver(&call);
    }
    for (size_t size = 0; size <= script_.body.size() && !HasFatalFailure(); ++size) {
      SCOPED_TRACE("after " + std::to_string(size) + " bytes");
      ClientCall call;
      ClientCallRun run(script_, registries_, &call);
      ASSERT_TRUE(run.Start().ok());
      run.Head();
      run.Feed(std::string_view(script_.body).substr(0, size));
      const bool ended = run.ended();
      const std::string shown = ShowClientEvents(run);
      f(&run);
      if (ended) {
        EXPECT_EQ(ShowClientEvents(run), shown);
      }
      ExpectEnded(&run);
      ExpectAsEver(&call);
    }
  }

  ClientCallScript script_;
  const CallRegistries registries_;
};

TEST_P(ClientCallTranscript, IsTheSameHoweverTheAnswerIsCut) {
  ClientCall call;
  ExpectAsEver(&call);
  if (script_.whole) return;
  ForEachSplit(script_.body, [&](const std::vector<std::string_view>& pieces) {
    ClientCallRun run(script_, registries_, &call);
    const Error started = run.Start();
    if (started.ok()) Answer(pieces, &run);
    EXPECT_EQ(ShowClientCall(started, run, registries_), script_.expected);
  });
}

TEST_P(ClientCallTranscript, EndsAsItShould) {
  ClientCall call;
  ClientCallRun run(script_, registries_, &call);
  if (!run.Start().ok()) return;
  Answer({script_.body}, &run);
  if (run.ended()) return ExpectEnded(&run);
  EXPECT_TRUE(script_.open);
}

// What stops too early is no success; of Connect unary, HTTP itself tells that it did.
TEST_P(ClientCallTranscript, FailsWhereTheAnswerEndsTooEarly) {
  BreakOffEverywhere([&](ClientCallRun* run) {
    const bool ended = run->ended();
    run->Complete(HeaderList());
    if (ended || !run->call().end().error.ok()) return;
    const std::string_view type = run->request().headers.Find("content-type").value_or("");
    const bool enveloped =
        type.find("connect+") != std::string_view::npos || type.find("grpc") != std::string_view::npos;
    // Unless it is Trailers-Only without the trailers, and would have been.
    EXPECT_TRUE(!enveloped || (script_.response->headers.Find("grpc-status") == "0" && run->events().size() == 1));
  });
}

TEST_P(ClientCallTranscript, FailsWhereverTheServerResets) {
  BreakOffEverywhere([&](ClientCallRun* run) {
    const bool ended = run->ended();
    run->Reset(kCancel, "");
    if (ended) return;
    EXPECT_EQ(Show(run->call().end().error), "canceled \"server reset the stream: CANCEL\"");
  });
}

TEST_P(ClientCallTranscript, FailsWhereverItIsEndedFromOutside) {
  BreakOffEverywhere([&](ClientCallRun* run) {
    const bool ended = run->ended();
    run->Fail(Error(Code::kDeadlineExceeded, "deadline exceeded"));
    if (ended) return;
    EXPECT_EQ(run->call().end().error.code, Code::kDeadlineExceeded);
  });
}

std::string StemOf(const testing::TestParamInfo<std::filesystem::path>& info) {
  return info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(All, ClientCallTranscript, testing::ValuesIn(Transcripts()), StemOf);

}  // namespace
}  // namespace connectrpc::test
