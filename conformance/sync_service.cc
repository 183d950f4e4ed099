#include "conformance/sync_service.h"

#include <chrono>
#include <thread>
#include <utility>

#include "conformance/service_logic.h"

namespace connectrpc::conformance {
namespace {

// The end of every method with a single response.
template <class Response>
grpc::Status Answer(const v1::UnaryResponseDefinition& definition, RequestInfo info, grpc::ServerContext* context,
                    Response* response) {
  SetMetadata(definition, context);
  std::this_thread::sleep_for(std::chrono::milliseconds(definition.response_delay_ms()));
  return AnswerOnce(definition, std::move(info), response->mutable_payload());
}

template <class Request, class Response>
grpc::Status AnswerUnary(grpc::ServerContext* context, const Request& request, Response* response) {
  RequestInfo info = DescribeCall(*context);
  AppendRequest(request, &info);
  return Answer(request.response_definition(), std::move(info), context, response);
}

// False when the call is broken: nobody reads what follows.
template <class Response, class Writer>
bool SendNext(StreamAnswer* answer, Writer* writer) {
  std::this_thread::sleep_for(answer->delay());
  Response response;
  *response.mutable_payload() = answer->Next();
  return writer->Write(response);
}

// Sends all that is left, and ends the call.
template <class Response, class Writer>
grpc::Status SendRest(StreamAnswer* answer, Writer* writer) {
  while (answer->HasNext()) {
    if (!SendNext<Response>(answer, writer)) return grpc::Status::CANCELLED;
  }
  return answer->Finish();
}

}  // namespace

grpc::Status SyncService::Unary(grpc::ServerContext* context, const v1::UnaryRequest* request,
                                v1::UnaryResponse* response) {
  return AnswerUnary(context, *request, response);
}

grpc::Status SyncService::IdempotentUnary(grpc::ServerContext* context, const v1::IdempotentUnaryRequest* request,
                                          v1::IdempotentUnaryResponse* response) {
  return AnswerUnary(context, *request, response);
}

grpc::Status SyncService::ClientStream(grpc::ServerContext* context,
                                       grpc::ServerReader<v1::ClientStreamRequest>* reader,
                                       v1::ClientStreamResponse* response) {
  RequestInfo info = DescribeCall(*context);
  v1::UnaryResponseDefinition definition;
  v1::ClientStreamRequest request;
  // A broken upload ends the loop too; the caller then gets that error, whatever is returned here.
  while (reader->Read(&request)) {
    if (info.requests_size() == 0) definition = request.response_definition();
    AppendRequest(request, &info);
  }
  return Answer(definition, std::move(info), context, response);
}

grpc::Status SyncService::ServerStream(grpc::ServerContext* context, const v1::ServerStreamRequest* request,
                                       grpc::ServerWriter<v1::ServerStreamResponse>* writer) {
  StreamAnswer answer(DescribeCall(*context));
  answer.Define(request->response_definition());
  answer.AddRequest(*request);
  SetMetadata(request->response_definition(), context);
  if (answer.HasNext()) writer->SendInitialMetadata();
  return SendRest<v1::ServerStreamResponse>(&answer, writer);
}

grpc::Status SyncService::BidiStream(grpc::ServerContext* context,
                                     grpc::ServerReaderWriter<v1::BidiStreamResponse, v1::BidiStreamRequest>* stream) {
  StreamAnswer answer(DescribeCall(*context));
  bool full_duplex = false;
  v1::BidiStreamRequest request;
  for (bool first = true; stream->Read(&request); first = false) {
    answer.AddRequest(request);
    if (first) {
      full_duplex = request.full_duplex();
      answer.Define(request.response_definition());
      SetMetadata(request.response_definition(), context);
      if (full_duplex && answer.HasNext()) stream->SendInitialMetadata();
    }
    if (!full_duplex) continue;
    if (!answer.HasNext()) return answer.Finish();
    if (!SendNext<v1::BidiStreamResponse>(&answer, stream)) return grpc::Status::CANCELLED;
  }
  if (!full_duplex && answer.HasNext()) stream->SendInitialMetadata();
  return SendRest<v1::BidiStreamResponse>(&answer, stream);
}

}  // namespace connectrpc::conformance
