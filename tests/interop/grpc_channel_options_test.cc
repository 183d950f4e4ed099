// What of a ClientContext reaches the transport, and what of an answer the ClientContext.

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "interop/grpc_metadata.h"
#include "interop/script_channel.h"
#include "support/http_message.h"
#include "support/tcp_client.h"

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Makes a unary call and answers it: what the transport saw.
ScriptCall::Record CallUnary(const std::function<void(grpc::ClientContext*)>& prepare) {
  ScriptChannel test;
  grpc::ClientContext context;
  prepare(&context);
  std::thread server([&] {
    ScriptCall* call = test.transport->Call();
    call->Await([](const auto& record) { return record.send_closed; });
    call->Message(TextResponse("answer"));
    call->End(Error());
  });
  echo::EchoResponse response;
  const grpc::Status status = test.stub.Echo(&context, TextRequest("question"), &response);
  server.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.text(), "answer");
  return test.transport->Call()->record();
}

Fields ToPairs(const HeaderList& list) {
  Fields pairs;
  for (HeaderField field : list) pairs.emplace_back(field.name, field.value);
  return pairs;
}
Fields ToPairs(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  return ToPairs(interop::ToHeaderList(metadata));
}

TEST(GrpcChannelOptionsTest, CallIsThatOfTheStub) {
  const ScriptCall::Record record = CallUnary([](grpc::ClientContext*) {});
  EXPECT_EQ(record.path, "/connectrpc.test.echo.SyncEcho/Echo");
  EXPECT_EQ(record.stream_type, StreamType::kUnary);
  EXPECT_THAT(record.sent, ElementsAre(TextRequest("question").SerializeAsString()));
  EXPECT_TRUE(record.released);
  // All that the context did not set is the transport's to decide, but the encoding of messages.
  EXPECT_EQ(record.options.codec, "proto");
  EXPECT_EQ(record.options.timeout, std::nullopt);
  EXPECT_EQ(record.options.compression, std::nullopt);
  EXPECT_EQ(record.options.wait_for_ready, std::nullopt);
  EXPECT_EQ(record.options.max_message_bytes, std::nullopt);
  EXPECT_THAT(ToPairs(record.options.headers), IsEmpty());
}

TEST(GrpcChannelOptionsTest, StreamTypeIsThatOfTheMethod) {
  ScriptChannel test;
  grpc::ClientContext contexts[3];
  echo::EchoResponse response;
  auto writer = test.stub.Collect(&contexts[0], &response);
  auto reader = test.stub.Expand(&contexts[1], TextRequest(""));
  auto stream = test.stub.Chat(&contexts[2]);
  EXPECT_EQ(test.transport->Call(0)->record().stream_type, StreamType::kClientStream);
  EXPECT_EQ(test.transport->Call(1)->record().stream_type, StreamType::kServerStream);
  EXPECT_EQ(test.transport->Call(2)->record().stream_type, StreamType::kBidiStream);
}

TEST(GrpcChannelOptionsTest, SettingsOfTheContextAreOptionsOfTheCall) {
  const struct {
    const char* name;
    std::function<void(grpc::ClientContext*)> prepare;
    std::optional<bool> wait_for_ready;
    std::optional<std::string> compression;
  } kCases[] = {
      {"nothing", [](grpc::ClientContext*) {}, std::nullopt, std::nullopt},
      {"wait for ready", [](grpc::ClientContext* c) { c->set_wait_for_ready(true); }, true, std::nullopt},
      {"do not wait", [](grpc::ClientContext* c) { c->set_wait_for_ready(false); }, false, std::nullopt},
      {"gzip", [](grpc::ClientContext* c) { c->set_compression_algorithm(GRPC_COMPRESS_GZIP); }, std::nullopt, "gzip"},
      {"deflate", [](grpc::ClientContext* c) { c->set_compression_algorithm(GRPC_COMPRESS_DEFLATE); }, std::nullopt,
       "deflate"},
      {"identity", [](grpc::ClientContext* c) { c->set_compression_algorithm(GRPC_COMPRESS_NONE); }, std::nullopt,
       std::nullopt},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const ScriptCall::Record record = CallUnary(test.prepare);
    EXPECT_EQ(record.options.wait_for_ready, test.wait_for_ready);
    EXPECT_EQ(record.options.compression, test.compression);
    EXPECT_THAT(ToPairs(record.options.headers), IsEmpty());
  }
}

TEST(GrpcChannelOptionsTest, DeadlineIsATimeoutOnEveryClock) {
  const struct {
    const char* name;
    std::function<void(grpc::ClientContext*)> prepare;
  } kCases[] = {
      {"system clock", [](auto* context) { context->set_deadline(std::chrono::system_clock::now() + kTimeLimit); }},
      {"realtime",
       [](auto* context) {
         context->set_deadline(
             gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_seconds(kTimeLimit.count(), GPR_TIMESPAN)));
       }},
      {"monotonic",
       [](auto* context) {
         context->set_deadline(
             gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(kTimeLimit.count(), GPR_TIMESPAN)));
       }},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto timeout = CallUnary(test.prepare).options.timeout;
    ASSERT_TRUE(timeout.has_value());
    EXPECT_GT(timeout->count(), 0);
    EXPECT_LE(*timeout, kTimeLimit);
  }
}

TEST(GrpcChannelOptionsTest, DeadlineInTheFarFutureIsNone) {
  EXPECT_EQ(
      CallUnary([](auto* context) { context->set_deadline(gpr_inf_future(GPR_CLOCK_MONOTONIC)); }).options.timeout,
      std::nullopt);
  EXPECT_EQ(CallUnary([](auto* context) {
              gpr_timespec far = gpr_now(GPR_CLOCK_REALTIME);
              far.tv_sec = std::numeric_limits<int64_t>::max() - 1;
              context->set_deadline(far);
            }).options.timeout,
            std::nullopt);
}

TEST(GrpcChannelOptionsTest, MetadataAreSentAsTheyAre) {
  const std::string binary("\0\xff", 2);
  const ScriptCall::Record record = CallUnary([&](auto* context) {
    context->AddMetadata("x-many", "first");
    context->AddMetadata("x-many", "second");
    context->AddMetadata("x-raw-bin", binary);
  });
  EXPECT_THAT(ToPairs(record.options.headers),
              ElementsAre(Pair("x-many", "first"), Pair("x-many", "second"), Pair("x-raw-bin", binary)));
}

TEST(GrpcChannelOptionsTest, CallThatCannotBeginReachesNoTransport) {
  const struct {
    const char* name;
    std::function<void(grpc::ClientContext*)> prepare;
    grpc::StatusCode code;
    std::string message;
  } kCases[] = {
      {"call credentials", [](auto* c) { c->set_credentials(grpc::AccessTokenCredentials("token")); },
       grpc::StatusCode::UNIMPLEMENTED, "call credentials do not work on this channel: add the metadata instead"},
      {"deadline has passed",
       [](auto* c) { c->set_deadline(std::chrono::system_clock::now() - std::chrono::seconds(1)); },
       grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"},
      {"deadline long ago", [](auto* c) { c->set_deadline(gpr_inf_past(GPR_CLOCK_MONOTONIC)); },
       grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"},
      {"canceled before", [](auto* c) { c->TryCancel(); }, grpc::StatusCode::CANCELLED, "CANCELLED"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    ScriptChannel script;
    {
      grpc::ClientContext context;
      test.prepare(&context);
      echo::EchoResponse response;
      const grpc::Status status = script.stub.Echo(&context, TextRequest(""), &response);
      EXPECT_EQ(status.error_code(), test.code);
      EXPECT_EQ(status.error_message(), test.message);
    }
    {
      grpc::ClientContext context;
      test.prepare(&context);
      auto stream = script.stub.Chat(&context);
      echo::EchoResponse response;
      EXPECT_FALSE(stream->Write(TextRequest("")));
      EXPECT_FALSE(stream->Read(&response));
      EXPECT_EQ(stream->Finish().error_code(), test.code);
    }
    EXPECT_EQ(script.transport->calls(), 0u);
  }
}

TEST(GrpcChannelOptionsTest, StatusAndMetadataOutliveTheStub) {
  ScriptChannel test;
  grpc::ClientContext context;
  grpc::Status status;
  {
    auto reader = test.stub.Expand(&context, TextRequest(""));
    HeaderList headers;
    headers.Add("x-head", "h");
    headers.Add("x-head-bin", std::string_view("\0\xff", 2));
    test.transport->Call()->Headers(headers);
    reader->WaitForInitialMetadata();
    HeaderList trailers;
    trailers.Add("x-trail", "t");
    Error error(Code::kNotFound, "no such thing");
    error.details.push_back({"some.Type", "value"});
    test.transport->Call()->End(error, trailers);
    status = reader->Finish();
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such thing");
  const std::string serialized = status.error_details();
  echo::RpcStatus details;
  ASSERT_TRUE(details.ParseFromString(serialized));
  EXPECT_EQ(details.code(), 5);
  EXPECT_EQ(details.message(), "no such thing");
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/some.Type");
  EXPECT_EQ(details.details(0).value(), "value");
  EXPECT_THAT(ToPairs(context.GetServerInitialMetadata()),
              ElementsAre(Pair("x-head", "h"), Pair("x-head-bin", std::string("\0\xff", 2))));
  EXPECT_THAT(ToPairs(context.GetServerTrailingMetadata()),
              ElementsAre(Pair("grpc-status-details-bin", serialized), Pair("x-trail", "t")));
}

TEST(GrpcChannelOptionsTest, HeadersAreThereBeforeTheFirstMessage) {
  ScriptChannel test;
  grpc::ClientContext context;
  auto stream = test.stub.Chat(&context);
  HeaderList headers;
  headers.Add("x-head", "h");
  test.transport->Call()->Headers(headers);
  stream->WaitForInitialMetadata();
  EXPECT_THAT(ToPairs(context.GetServerInitialMetadata()), ElementsAre(Pair("x-head", "h")));
  test.transport->Call()->End(Error());
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(GrpcChannelOptionsTest, ChannelNeitherConnectsNorHangs) {
  ScriptChannel test;
  EXPECT_EQ(test.channel->GetState(true), GRPC_CHANNEL_TRANSIENT_FAILURE);
  EXPECT_FALSE(test.channel->WaitForConnected(std::chrono::system_clock::now()));
}

}  // namespace
}  // namespace connectrpc::test
