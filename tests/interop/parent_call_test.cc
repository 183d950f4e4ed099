// The server's calls of gRPC's that stand behind contexts.

#include "interop/parent_call.h"

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace connectrpc::test {
namespace {

using grpc::StatusCode;
using interop::ParentCall;
using interop::ParentCalls;
using ::testing::AnyOf;

// How a call ends that is made from `parent`.
StatusCode CallFrom(const ParentCall& parent, grpc_completion_queue* queue) {
  grpc_channel* const channel = grpc_lame_client_channel_create("", GRPC_STATUS_UNAVAILABLE, "");
  grpc_call* const call = grpc_channel_create_call(channel, parent.call(), GRPC_PROPAGATE_DEFAULTS, queue,
                                                   grpc_slice_from_static_string("/"), nullptr,
                                                   gpr_inf_future(GPR_CLOCK_REALTIME), nullptr);
  grpc_metadata_array trailers;
  grpc_metadata_array_init(&trailers);
  grpc_status_code status = GRPC_STATUS_OK;
  grpc_slice message = grpc_empty_slice();
  grpc_op ops[2] = {};
  ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
  ops[1].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
  ops[1].data.recv_status_on_client.trailing_metadata = &trailers;
  ops[1].data.recv_status_on_client.status = &status;
  ops[1].data.recv_status_on_client.status_details = &message;
  EXPECT_EQ(grpc_call_start_batch(call, ops, 2, call, nullptr), GRPC_CALL_OK);
  grpc_completion_queue_pluck(queue, call, gpr_inf_future(GPR_CLOCK_REALTIME), nullptr);
  grpc_slice_unref(message);
  grpc_metadata_array_destroy(&trailers);
  grpc_call_unref(call);
  grpc_channel_destroy(channel);
  return static_cast<StatusCode>(status);
}

class ParentCallsTest : public ::testing::Test {
 protected:
  ParentCallsTest() {
    grpc_init();
    queue_ = grpc_completion_queue_create_for_pluck(nullptr);
  }
  ~ParentCallsTest() override {
    grpc_completion_queue_shutdown(queue_);
    while (grpc_completion_queue_pluck(queue_, nullptr, gpr_inf_future(GPR_CLOCK_REALTIME), nullptr).type !=
           GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(queue_);
    grpc_shutdown();
  }

  StatusCode CallFrom(const ParentCall& parent) { return test::CallFrom(parent, queue_); }

  grpc_completion_queue* queue_ = nullptr;
};

TEST_F(ParentCallsTest, AreCancelledOneByOne) {
  const std::unique_ptr<ParentCalls> calls = ParentCalls::Start();
  ASSERT_NE(calls, nullptr);
  ParentCall* const first = calls->Begin(wire::kNever);
  ParentCall* const second = calls->Begin(wire::kNever);
  EXPECT_EQ(CallFrom(*first), StatusCode::UNAVAILABLE);
  first->Cancel();
  first->Cancel();
  EXPECT_EQ(CallFrom(*first), StatusCode::CANCELLED);
  EXPECT_EQ(CallFrom(*second), StatusCode::UNAVAILABLE);
  first->End();
  EXPECT_EQ(CallFrom(*second), StatusCode::UNAVAILABLE);
  second->End();
}

// gRPC may make no such call, or one that it ends itself.
TEST_F(ParentCallsTest, AfterTheDeadlineNothingCanBeCalled) {
  const std::unique_ptr<ParentCalls> calls = ParentCalls::Start();
  ASSERT_NE(calls, nullptr);
  const wire::TimePoint passed = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  for (int i = 0; i < 100; ++i) {
    ParentCall* const call = calls->Begin(passed);
    ASSERT_NE(call->call(), nullptr);
    EXPECT_THAT(CallFrom(*call), AnyOf(StatusCode::CANCELLED, StatusCode::DEADLINE_EXCEEDED));
    call->Cancel();
    call->End();
  }
  ParentCall* const call = calls->Begin(wire::kNever);
  EXPECT_EQ(CallFrom(*call), StatusCode::UNAVAILABLE);
  call->End();
}

// A handler may leave calls behind, and let go of them when its server is long gone.
TEST_F(ParentCallsTest, CallsFromThemMayOutliveAll) {
  std::unique_ptr<ParentCalls> calls = ParentCalls::Start();
  ASSERT_NE(calls, nullptr);
  ParentCall* const parent = calls->Begin(wire::kNever);
  grpc_channel* const channel = grpc_lame_client_channel_create("", GRPC_STATUS_UNAVAILABLE, "");
  grpc_call* const call = grpc_channel_create_call(channel, parent->call(), GRPC_PROPAGATE_DEFAULTS, queue_,
                                                   grpc_slice_from_static_string("/"), nullptr,
                                                   gpr_inf_future(GPR_CLOCK_REALTIME), nullptr);
  parent->End();
  calls.reset();
  grpc_call_unref(call);
  grpc_channel_destroy(channel);
}

// Loops make them side by side, other threads cancel them, and deadlines pass meanwhile.
TEST_F(ParentCallsTest, ManyThreadsMakeThem) {
  std::unique_ptr<ParentCalls> calls = ParentCalls::Start();
  ASSERT_NE(calls, nullptr);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&calls, i] {
      for (int k = 0; k < 300; ++k) {
        const wire::TimePoint soon = std::chrono::steady_clock::now() + std::chrono::microseconds(k % 50 * 20);
        ParentCall* const call = calls->Begin(i % 2 == 0 ? wire::kNever : soon);
        ASSERT_NE(call->call(), nullptr);
        std::thread canceller;
        if (k % 10 == 0) canceller = std::thread([call] { call->Cancel(); });
        if (canceller.joinable()) canceller.join();
        call->End();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  calls.reset();
}

}  // namespace
}  // namespace connectrpc::test
