#include "interop/echo_logic.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;

const grpc::Status kCancelled(grpc::StatusCode::CANCELLED, "handler saw the cancellation");

// A call at work, counted.
class Call final {
 public:
  Call(EchoIo* io, EchoState* state) : io_(io), state_(state) {
    state_->Update([](EchoState::Counts& counts) { ++counts.started, ++counts.running; });
  }
  ~Call() {
    state_->Update([](EchoState::Counts& counts) { --counts.running; });
  }

  bool Read(EchoRequest* request) {
    if (!io_->Read(request)) return false;
    if (first_) SetMetadata(*request, &io_->context());
    first_ = false;
    state_->Update([](EchoState::Counts& counts) { ++counts.reads; });
    if (request->throws()) throw std::runtime_error("thrown by the handler");
    return true;
  }
  bool Write(const EchoResponse& response) {
    if (!io_->Write(response)) return false;
    state_->Update([](EchoState::Counts& counts) { ++counts.writes; });
    return true;
  }
  // False if the call was cancelled.
  bool Pause(const EchoRequest& request) {
    if (request.pause() == echo::PAUSE_NONE) return true;
    state_->Update([](EchoState::Counts& counts) { ++counts.paused; });
    const bool go_on = request.pause() == echo::PAUSE_UNTIL_RELEASED;
    if (go_on) {
      EXPECT_TRUE(state_->WaitForRelease());
    } else {
      io_->WaitUntilCancelled();
    }
    state_->Update([&](EchoState::Counts& counts) {
      --counts.paused;
      if (!go_on) ++counts.cancelled;
    });
    return go_on;
  }

  EchoIo& io() { return *io_; }

 private:
  EchoIo* io_;
  EchoState* state_;
  bool first_ = true;
};

grpc::Status RunUnary(Call* call) {
  EchoRequest request;
  if (!call->Read(&request)) return kCancelled;
  if (!call->Pause(request)) return kCancelled;
  if (request.outcome().code() == 0) call->Write(Reply(request, call->io().context()));
  return OutcomeOf(request);
}

grpc::Status RunCollect(Call* call) {
  EchoRequest last;
  EchoRequest request;
  std::string text;
  size_t bytes = 0;
  while (call->Read(&request)) {
    text += request.text();
    bytes += request.data().size();
    if (!call->Pause(request)) return kCancelled;
    last.Swap(&request);
  }
  EchoResponse response = Reply(last, call->io().context());
  response.set_text(text);
  response.clear_data();
  response.set_index(static_cast<uint32_t>(bytes));
  if (last.outcome().code() == 0) call->Write(response);
  return OutcomeOf(last);
}

grpc::Status RunExpand(Call* call) {
  EchoRequest request;
  if (!call->Read(&request)) return kCancelled;
  for (uint32_t i = 0; i < request.responses(); ++i) {
    if (!call->Write(ExpandReply(request, call->io().context(), i))) return kCancelled;
  }
  if (!call->Pause(request)) return kCancelled;
  return OutcomeOf(request);
}

grpc::Status RunChat(Call* call) {
  EchoRequest request;
  for (uint32_t i = 0; call->Read(&request); ++i) {
    EchoResponse response = Reply(request, call->io().context());
    response.set_index(i);
    if (!call->Write(response)) return kCancelled;
    if (!call->Pause(request)) return kCancelled;
    if (request.outcome().code() != 0) return OutcomeOf(request);
  }
  return grpc::Status::OK;
}

}  // namespace

EchoRequest MessageOf(const OwnedView<echo::EchoRequestView>& request) {
  EchoRequest message;
  EXPECT_TRUE(views::ToMessage(*request, &message));
  return message;
}

void SetMetadata(const EchoRequest& first, grpc::ServerContextBase* context) {
  for (const echo::Field& field : first.headers()) context->AddInitialMetadata(field.name(), field.value());
  for (const echo::Field& field : first.trailers()) context->AddTrailingMetadata(field.name(), field.value());
}

EchoResponse Reply(const EchoRequest& request, const grpc::ServerContextBase& context) {
  EchoResponse response;
  response.set_text(request.text());
  response.set_data(request.data());
  for (const auto& [name, value] : context.client_metadata()) {
    echo::Field* field = response.add_metadata();
    field->set_name(std::string(name.data(), name.size()));
    field->set_value(std::string(value.data(), value.size()));
  }
  const auto deadline = context.deadline();
  const bool none = deadline == std::chrono::system_clock::time_point::max();
  const auto remaining =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::system_clock::now());
  response.set_remaining_ms(none ? -1 : remaining.count());
  response.set_peer(context.peer());
  return response;
}

EchoResponse ExpandReply(const EchoRequest& request, const grpc::ServerContextBase& context, uint32_t index) {
  EchoResponse response;
  if (index == 0) {
    response = Reply(request, context);
  } else {
    response.set_text(request.text());
  }
  response.set_data(std::string(request.response_bytes(), 'x'));
  response.set_index(index);
  return response;
}

grpc::Status OutcomeOf(const EchoRequest& last) {
  const echo::Outcome& outcome = last.outcome();
  if (outcome.code() == 0) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(outcome.code()), outcome.message(), outcome.details());
}

grpc::Status RunEcho(std::string_view method, EchoIo* io, EchoState* state) {
  Call call(io, state);
  if (method == "Collect") return RunCollect(&call);
  if (method == "Expand") return RunExpand(&call);
  if (method == "Chat") return RunChat(&call);
  return RunUnary(&call);
}

}  // namespace connectrpc::test
