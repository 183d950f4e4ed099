#include "interop/peers/peer_service.h"

#include <grpcpp/support/error_details.h>

#include <chrono>
#include <thread>

#include "google/rpc/status.pb.h"

namespace connectrpc::peers {

namespace {

std::string Metadata(const grpc::ServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  return found == context.client_metadata().end() ? "" : std::string(found->second.data(), found->second.size());
}

grpc::Status Failure(int code, const std::string& message) {
  v1::Fault fault;
  fault.set_reason("as asked");
  google::rpc::Status rich;
  rich.set_code(code);
  rich.set_message(message);
  rich.add_details()->PackFrom(fault);
  grpc::Status status;
  grpc::SetErrorDetails(rich, &status);
  return status;
}

}  // namespace

grpc::Status PeerService::Say(grpc::ServerContext* context, const v1::SayRequest* request, v1::SayResponse* response) {
  Enter(context);
  return Answer(*context, *request, response);
}

grpc::Status PeerService::Look(grpc::ServerContext* context, const v1::SayRequest* request, v1::SayResponse* response) {
  Enter(context);
  return Answer(*context, *request, response);
}

grpc::Status PeerService::Count(grpc::ServerContext* context, const v1::CountRequest* request,
                                grpc::ServerWriter<v1::CountResponse>* writer) {
  Enter(context);
  v1::CountResponse response;
  for (int number = 1; number <= request->up_to(); ++number) {
    if (number > 1) {
      if (!request->gate().empty() && !PassGate(*context, request->gate())) return grpc::Status::CANCELLED;
      std::this_thread::sleep_for(std::chrono::milliseconds(request->pause_ms()));
    }
    response.set_number(number);
    if (!writer->Write(response)) return grpc::Status::CANCELLED;
  }
  if (request->fail_with() != 0) return Failure(request->fail_with(), "counted");
  return grpc::Status::OK;
}

grpc::Status PeerService::Open(grpc::ServerContext* context, const v1::OpenRequest* request, v1::OpenResponse*) {
  Enter(context);
  const std::lock_guard<std::mutex> lock(mutex_);
  ++gates_[request->gate()];
  opened_.notify_all();
  return grpc::Status::OK;
}

grpc::Status PeerService::Sum(grpc::ServerContext* context, grpc::ServerReader<v1::SumRequest>* reader,
                              v1::SumResponse* response) {
  Enter(context);
  int64_t sum = 0;
  for (v1::SumRequest request; reader->Read(&request);) sum += request.number();
  response->set_sum(sum);
  return grpc::Status::OK;
}

grpc::Status PeerService::Talk(grpc::ServerContext* context,
                               grpc::ServerReaderWriter<v1::SayResponse, v1::SayRequest>* stream) {
  Enter(context);
  v1::SayResponse response;
  for (v1::SayRequest request; stream->Read(&request);) {
    const grpc::Status status = Answer(*context, request, &response);
    if (!status.ok()) return status;
    if (!stream->Write(response)) return grpc::Status::CANCELLED;
  }
  return grpc::Status::OK;
}

void PeerService::Enter(grpc::ServerContext* context) {
  ++calls_;
  for (const char* suffix : {"", "-bin"}) {
    const std::string echo = Metadata(*context, (std::string("x-peer-echo") + suffix).c_str());
    if (echo.empty()) continue;
    context->AddInitialMetadata(std::string("x-peer-header") + suffix, echo);
    context->AddTrailingMetadata(std::string("x-peer-trailer") + suffix, echo);
  }
}

grpc::Status PeerService::Answer(const grpc::ServerContext& context, const v1::SayRequest& request,
                                 v1::SayResponse* response) {
  if (request.fail_with() != 0) return Failure(request.fail_with(), request.text());
  response->set_text(request.text());
  response->set_server(server_name_);
  response->set_cookie(Metadata(context, "cookie"));
  return grpc::Status::OK;
}

bool PeerService::PassGate(const grpc::ServerContext& context, const std::string& gate) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (gates_[gate] == 0) {
    if (context.IsCancelled()) return false;
    opened_.wait_for(lock, std::chrono::milliseconds(50));  // no event tells a sync handler that its call was cancelled
  }
  --gates_[gate];
  return true;
}

}  // namespace connectrpc::peers
