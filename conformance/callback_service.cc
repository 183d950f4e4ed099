#include "conformance/callback_service.h"

#include <chrono>
#include <utility>

#include "conformance/pause.h"
#include "conformance/service_logic.h"

namespace connectrpc::conformance {
namespace {

// Each reactor has one operation or one pause under way, the next follows from its end, and Finish comes last. Their
// reactions therefore never run at once, but for OnCancel, which touches the pause only. They own themselves.

// The end of every method with a single response.
template <class Response, class Reactor>
void AnswerAndFinish(const v1::UnaryResponseDefinition& definition, RequestInfo info,
                     grpc::CallbackServerContext* context, Response* response, Pause* pause, Reactor* reactor) {
  SetMetadata(definition, context);
  grpc::Status status = AnswerOnce(definition, std::move(info), response->mutable_payload());
  pause->Start(std::chrono::milliseconds(definition.response_delay_ms()),
               [status = std::move(status), reactor](bool elapsed) {
                 reactor->Finish(elapsed ? status : grpc::Status::CANCELLED);
               });
}

class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  template <class Request, class Response>
  UnaryReactor(grpc::CallbackServerContext* context, const Request& request, Response* response) {
    RequestInfo info = DescribeCall(*context);
    AppendRequest(request, &info);
    AnswerAndFinish(request.response_definition(), std::move(info), context, response, &pause_, this);
  }

  void OnCancel() override { pause_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  Pause pause_;
};

class ClientStreamReactor final : public grpc::ServerReadReactor<v1::ClientStreamRequest> {
 public:
  ClientStreamReactor(grpc::CallbackServerContext* context, v1::ClientStreamResponse* response)
      : context_(context), response_(response), info_(DescribeCall(*context)) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      if (info_.requests_size() == 0) definition_ = request_.response_definition();
      AppendRequest(request_, &info_);
      StartRead(&request_);
      return;
    }
    AnswerAndFinish(definition_, std::move(info_), context_, response_, &pause_, this);
  }

  void OnCancel() override { pause_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  grpc::CallbackServerContext* const context_;
  v1::ClientStreamResponse* const response_;
  RequestInfo info_;
  v1::UnaryResponseDefinition definition_;
  v1::ClientStreamRequest request_;
  Pause pause_;
};

class ServerStreamReactor final : public grpc::ServerWriteReactor<v1::ServerStreamResponse> {
 public:
  ServerStreamReactor(grpc::CallbackServerContext* context, const v1::ServerStreamRequest& request)
      : answer_(DescribeCall(*context)) {
    answer_.Define(request.response_definition());
    answer_.AddRequest(request);
    SetMetadata(request.response_definition(), context);
    if (answer_.HasNext()) {
      StartSendInitialMetadata();
    } else {
      Finish(answer_.Finish());
    }
  }

  void OnSendInitialMetadataDone(bool ok) override { SendNextIf(ok); }
  void OnWriteDone(bool ok) override { SendNextIf(ok); }
  void OnCancel() override { pause_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  void SendNextIf(bool ok) {
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
    } else if (!answer_.HasNext()) {
      Finish(answer_.Finish());
    } else {
      pause_.Start(answer_.delay(), [this](bool elapsed) { Send(elapsed); });
    }
  }

  void Send(bool elapsed) {
    if (!elapsed) {
      Finish(grpc::Status::CANCELLED);
      return;
    }
    *response_.mutable_payload() = answer_.Next();
    StartWrite(&response_);
  }

  StreamAnswer answer_;
  v1::ServerStreamResponse response_;
  Pause pause_;
};

class BidiStreamReactor final : public grpc::ServerBidiReactor<v1::BidiStreamRequest, v1::BidiStreamResponse> {
 public:
  explicit BidiStreamReactor(grpc::CallbackServerContext* context)
      : context_(context), answer_(DescribeCall(*context)) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      reading_ = false;
      SendHeadersOrNext();
      return;
    }
    answer_.AddRequest(request_);
    if (!defined_) {
      defined_ = true;
      full_duplex_ = request_.full_duplex();
      answer_.Define(request_.response_definition());
      SetMetadata(request_.response_definition(), context_);
    }
    if (full_duplex_) {
      SendHeadersOrNext();
    } else {
      StartRead(&request_);
    }
  }

  void OnSendInitialMetadataDone(bool ok) override {
    headers_sent_ = true;
    ok ? SendNextOrFinish() : Finish(grpc::Status::CANCELLED);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
    } else if (reading_) {
      StartRead(&request_);
    } else {
      SendNextOrFinish();
    }
  }

  void OnCancel() override { pause_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  // Headers go ahead of the first delay, so that the client sees them at once.
  void SendHeadersOrNext() {
    if (!headers_sent_ && answer_.HasNext()) {
      StartSendInitialMetadata();
    } else {
      SendNextOrFinish();
    }
  }

  void SendNextOrFinish() {
    if (!answer_.HasNext()) {
      Finish(answer_.Finish());
      return;
    }
    pause_.Start(answer_.delay(), [this](bool elapsed) { Send(elapsed); });
  }

  void Send(bool elapsed) {
    if (!elapsed) {
      Finish(grpc::Status::CANCELLED);
      return;
    }
    *response_.mutable_payload() = answer_.Next();
    StartWrite(&response_);
  }

  grpc::CallbackServerContext* const context_;
  StreamAnswer answer_;
  v1::BidiStreamRequest request_;
  v1::BidiStreamResponse response_;
  bool defined_ = false;  // by the first request
  bool full_duplex_ = false;
  bool reading_ = true;  // until the client's half-close
  bool headers_sent_ = false;
  Pause pause_;
};

}  // namespace

grpc::ServerUnaryReactor* CallbackService::Unary(grpc::CallbackServerContext* context, const v1::UnaryRequest* request,
                                                 v1::UnaryResponse* response) {
  return new UnaryReactor(context, *request, response);
}

grpc::ServerUnaryReactor* CallbackService::IdempotentUnary(grpc::CallbackServerContext* context,
                                                           const v1::IdempotentUnaryRequest* request,
                                                           v1::IdempotentUnaryResponse* response) {
  return new UnaryReactor(context, *request, response);
}

grpc::ServerReadReactor<v1::ClientStreamRequest>* CallbackService::ClientStream(grpc::CallbackServerContext* context,
                                                                                v1::ClientStreamResponse* response) {
  return new ClientStreamReactor(context, response);
}

grpc::ServerWriteReactor<v1::ServerStreamResponse>* CallbackService::ServerStream(
    grpc::CallbackServerContext* context, const v1::ServerStreamRequest* request) {
  return new ServerStreamReactor(context, *request);
}

grpc::ServerBidiReactor<v1::BidiStreamRequest, v1::BidiStreamResponse>* CallbackService::BidiStream(
    grpc::CallbackServerContext* context) {
  return new BidiStreamReactor(context);
}

}  // namespace connectrpc::conformance
