#include "interop/caller.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <chrono>
#include <utility>

#include "support/http1_client.h"
#include "support/http2_client.h"

namespace connectrpc::test {
namespace {

class Http1Caller final : public Caller {
 public:
  Http1Caller(int port, RpcProtocol protocol, Codec codec) : port_(port), protocol_(protocol), codec_(codec) {}

  CallResult Call(const CallSpec& spec) override {
    const Framing framing = FramingOf(protocol_, spec);
    Http1Client client(port_);
    client.Send(EncodeCall(spec, framing, codec_));
    if (spec.before_cancel) {
      spec.before_cancel();
      return {};
    }
    return DecodeResponse(client.ReadResponse(), framing, codec_);
  }

 private:
  int port_;
  RpcProtocol protocol_;
  Codec codec_;
};

class Http2Caller final : public Caller {
 public:
  Http2Caller(int port, RpcProtocol protocol, Codec codec) : client_(port), protocol_(protocol), codec_(codec) {}

  CallResult Call(const CallSpec& spec) override {
    const Framing framing = FramingOf(protocol_, spec);
    const int32_t id = client_.Send(EncodeCall(spec, framing, codec_));
    if (spec.before_cancel) {
      spec.before_cancel();
      client_.SendReset(id, NGHTTP2_CANCEL);
      return {};
    }
    return DecodeResponse(client_.ReadResponse(id), framing, codec_);
  }

 private:
  Http2Client client_;
  RpcProtocol protocol_;
  Codec codec_;
};

Fields ToFields(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  Fields fields;
  for (const auto& [name, value] : metadata) {
    fields.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  return fields;
}

class StockGrpcCaller final : public Caller {
 public:
  explicit StockGrpcCaller(int port)
      : stub_(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())) {}

  CallResult Call(const CallSpec& spec) override {
    grpc::ClientContext context;
    for (const auto& [name, value] : spec.metadata) context.AddMetadata(name, value);
    context.set_deadline(std::chrono::system_clock::now() + spec.timeout.value_or(kTimeLimit));
    grpc::CompletionQueue queue;
    const auto wait = [&] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    auto call = stub_.PrepareCall(&context, spec.path(), &queue);
    call->StartCall(this);
    bool open = wait();
    for (size_t i = 0; open && i < spec.requests.size(); ++i) {
      const std::string bytes = spec.requests[i].SerializeAsString();
      grpc::Slice slice(bytes);
      call->Write(grpc::ByteBuffer(&slice, 1), this);
      open = wait();
    }
    if (open) {
      call->WritesDone(this);
      wait();
    }
    if (spec.before_cancel) {
      spec.before_cancel();
      context.TryCancel();
    }
    CallResult result;
    for (;;) {
      grpc::ByteBuffer bytes;
      call->Read(&bytes, this);
      if (!wait()) break;
      result.responses.emplace_back();
      EXPECT_TRUE(grpc::SerializationTraits<echo::EchoResponse>::Deserialize(&bytes, &result.responses.back()).ok());
    }
    grpc::Status status;
    call->Finish(&status, this);
    wait();
    queue.Shutdown();
    Fill(status, &result);
    result.headers = ToFields(context.GetServerInitialMetadata());
    result.trailers = ToFields(context.GetServerTrailingMetadata());
    return result;
  }

 private:
  static void Fill(const grpc::Status& status, CallResult* result) {
    result->code = status.error_code();
    result->message = status.error_message();
    echo::RpcStatus rpc_status;
    EXPECT_TRUE(rpc_status.ParseFromString(status.error_details()));
    for (const auto& any : rpc_status.details()) {
      result->details.push_back({any.type_url().substr(any.type_url().rfind('/') + 1), any.value()});
    }
  }

  grpc::GenericStub stub_;
};

}  // namespace

std::unique_ptr<Caller> NewConnectHttp1Json(int port) {
  return std::make_unique<Http1Caller>(port, RpcProtocol::kConnect, Codec::kJson);
}

std::unique_ptr<Caller> NewConnectHttp2Proto(int port) {
  return std::make_unique<Http2Caller>(port, RpcProtocol::kConnect, Codec::kProto);
}

std::unique_ptr<Caller> NewGrpcWebHttp1(int port) {
  return std::make_unique<Http1Caller>(port, RpcProtocol::kGrpcWeb, Codec::kProto);
}

std::unique_ptr<Caller> NewStockGrpc(int port) {
  return std::make_unique<StockGrpcCaller>(port);
}

std::vector<CallerKind> AllCallers() {
  return {{"ConnectHttp1Json", NewConnectHttp1Json},
          {"ConnectHttp2Proto", NewConnectHttp2Proto},
          {"GrpcWebHttp1", NewGrpcWebHttp1},
          {"StockGrpc", NewStockGrpc}};
}

}  // namespace connectrpc::test
