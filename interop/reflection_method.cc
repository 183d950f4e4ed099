#include "interop/reflection_method.h"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "codec/binary_check.h"
#include "interop/protos/reflection_messages.pb.h"
#include "interop/reflection_session.h"
#include "interop/standard_services.h"

namespace connectrpc::interop {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// A reflection stream. Requests that come while the caller does not read the answers wait here, as many as it may send
// ahead. Deletes itself when it is done.
class ReflectionCall final : public server::CallHandler {
 public:
  ReflectionCall(const ReflectionIndex* index, const MethodDescriptor& method, server::Responder* responder)
      : session_(index), method_(method), responder_(responder) {}

  void OnMessage(Payload message) override {
    if (message.size() > kMaxReflectionRequestBytes) {
      End(Error(Code::kResourceExhausted,
                "reflection request larger than " + std::to_string(kMaxReflectionRequestBytes) + " bytes"));
    } else if (blocked_) {
      waiting_.push_back(message.TakeString());
    } else {
      AnswerOrEnd(message.view());
    }
  }

  void OnHalfClose() override {
    half_closed_ = true;
    if (!blocked_) End(Error());
  }

  void OnWritable() override {
    blocked_ = false;
    while (!waiting_.empty()) {
      const std::string request = std::move(waiting_.front());
      waiting_.pop_front();
      if (!AnswerOrEnd(request)) return;
      if (blocked_) return;
    }
    if (half_closed_) {
      End(Error());
    } else {
      responder_->ResumeReading();
    }
  }

  void OnCancel() override {
    responder_->Done();
    delete this;
  }

 private:
  ~ReflectionCall() = default;

  // False if the call is over and the object gone.
  bool AnswerOrEnd(std::string_view encoded) {
    Error error = Answer(encoded);
    if (error.ok()) return true;
    End(std::move(error));
    return false;
  }

  Error Answer(std::string_view encoded) {
    const codec::Codec& codec = responder_->codec();
    std::string binary, reason;
    if (!codec.ToBinary(*method_.input_type(), encoded, &binary, &reason)) {
      return Error(Code::kInvalidArgument, "cannot decode request: " + reason);
    }
    // Checked first: protobuf's parser writes a line to the log for each string that is not UTF-8.
    reflection::ServerReflectionRequest request;
    if (!codec::CheckBinary(*method_.input_type(), binary, &reason) || !request.ParseFromString(binary)) {
      return Error(Code::kInvalidArgument, "cannot decode request: " + reason);
    }

    reflection::ServerReflectionResponse response;
    session_.Answer(request, &response);
    std::string answer = response.SerializeAsString();
    if (!codec.is_binary()) {
      std::string text;
      if (!codec.FromBinary(*method_.output_type(), answer, &text, &reason)) {
        return Error(Code::kInternal, "cannot encode response: " + reason);
      }
      answer = std::move(text);
    }
    if (responder_->SendMessage(Payload::Own(std::move(answer))) == SendResult::kFull) {
      blocked_ = true;
      responder_->PauseReading();
    }
    return Error();
  }

  void End(Error error) {
    protocol::RpcEnd end;
    end.error = std::move(error);
    responder_->Finish(end);
    responder_->Done();
    delete this;
  }

  ReflectionSession session_;
  const MethodDescriptor& method_;
  server::Responder* responder_;
  std::deque<std::string> waiting_;
  bool blocked_ = false;
  bool half_closed_ = false;
};

}  // namespace

server::CallHandler* ReflectionMethod::Start(server::Responder* responder) {
  return new ReflectionCall(index_.get(), method_, responder);
}

void AddReflectionRoutes(const std::vector<OfferedService>& services, const DescriptorPool& pool,
                         const std::shared_ptr<const DescriptorPool>& standard, bool all_linked,
                         server::RouteTable* routes) {
  std::vector<const ServiceDescriptor*> told;
  for (const OfferedService& service : services) told.push_back(service.descriptor);
  std::vector<const ServiceDescriptor*> reflections;
  for (const char* name : {kReflectionService, kReflectionAlphaService}) {
    const ServiceDescriptor* service = pool.FindServiceByName(name);
    if (service == nullptr) service = standard->FindServiceByName(name);
    if (service == nullptr) continue;
    reflections.push_back(service);
    if (std::find(told.begin(), told.end(), service) == told.end()) told.push_back(service);
  }
  const auto index =
      std::make_shared<const ReflectionIndex>(told, all_linked ? LinkedFiles() : std::vector<const FileDescriptor*>());
  for (const ServiceDescriptor* service : reflections) {
    for (int i = 0; i < service->method_count(); ++i) {
      server::Route route;
      route.kind = MethodRoute::Kind::kOwn;
      route.reason = "HttpOptions::reflection";
      route.stream_type = StreamTypeOf(*service->method(i));
      route.handler = std::make_unique<ReflectionMethod>(index, *service->method(i), standard);
      static_cast<void>(routes->Add(
          "/" + std::string(service->full_name()) + "/" + std::string(service->method(i)->name()), std::move(route)));
    }
  }
}

}  // namespace connectrpc::interop
