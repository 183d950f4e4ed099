#ifndef CONNECTRPC_TESTS_INTEROP_FAKE_RESPONDER_H_
#define CONNECTRPC_TESTS_INTEROP_FAKE_RESPONDER_H_

#include <memory>
#include <string>
#include <utility>

#include "codec/codec.h"
#include "connectrpc/code.h"
#include "connectrpc/server.h"
#include "echo.pb.h"
#include "interop/scripted_reactor.h"
#include "net/loop.h"
#include "server/method_handler.h"

namespace connectrpc::test {

// The front end's side of a call, which tells a journal what it is asked for: "> headers", "> message TEXT",
// "> plain message TEXT", "> finish
// CODE", "> pause", "> resume", "> Done".
class FakeResponder final : public server::Responder {
 public:
  FakeResponder(Journal* journal, net::Loop* loop) : journal_(journal), loop_(loop) {}

  // The next message fills the output up.
  bool full = false;
  bool json = false;
  protocol::RequestMeta meta;
  protocol::RpcEnd end;
  HeaderList headers;
  bool done = false;

  const protocol::RequestMeta& request_meta() const override { return meta; }
  const CallHead& head() const override { return head_; }
  const codec::Codec& codec() const override { return json ? *json_codec_ : *proto_codec_; }
  wire::TimePoint deadline() const override { return wire::kNever; }
  net::Loop& loop() const override { return *loop_; }
  const HttpOptions& options() const override { return options_; }

  void PauseReading() override { journal_->Add("> pause"); }
  void ResumeReading() override { journal_->Add("> resume"); }
  void SetCompressing(bool compressing) override { compressing_ = compressing; }
  void SendHeaders(const HeaderList& metadata) override {
    headers = metadata;
    journal_->Add("> headers");
  }
  SendResult SendMessage(Payload message) override {
    std::string text(message.view());
    if (!json) {
      echo::EchoResponse response;
      text = response.ParseFromString(text) ? response.text() : "CANNOT BE PARSED";
    }
    journal_->Add((compressing_ ? "> message " : "> plain message ") + text);
    return std::exchange(full, false) ? SendResult::kFull : SendResult::kOk;
  }
  SendResult SendMessage(const server::MessageSource& message) override {
    std::string bytes(message.size(), '\0');
    message.WriteTo(bytes.data());
    return SendMessage(Payload::Own(std::move(bytes)));
  }
  void Finish(const protocol::RpcEnd& how) override {
    end = how;
    journal_->Add("> finish " + std::string(CodeName(how.error.code)));
  }

  std::unique_ptr<server::Kept>& kept_by_stream() override { return kept_; }
  std::shared_ptr<server::Kept>* kept_by_connection() override { return &kept_by_connection_; }
  server::HandlerLane* handler_lane() override { return nullptr; }
  void Done() override {
    done = true;
    journal_->Add("> Done");
  }

 private:
  Journal* const journal_;
  net::Loop* const loop_;
  const HttpOptions options_;
  const std::unique_ptr<codec::Codec> proto_codec_ = codec::NewProtoCodec();
  const std::unique_ptr<codec::Codec> json_codec_ = codec::NewJsonCodec(codec::JsonOptions());
  bool compressing_ = true;
  CallHead head_;
  std::unique_ptr<server::Kept> kept_;
  std::shared_ptr<server::Kept> kept_by_connection_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_FAKE_RESPONDER_H_
