#ifndef CONNECTRPC_CONFORMANCE_SERVICE_LOGIC_H_
#define CONNECTRPC_CONFORMANCE_SERVICE_LOGIC_H_

#include <google/protobuf/message.h>
#include <google/protobuf/repeated_ptr_field.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <utility>

#include "connectrpc/conformance/v1/service.pb.h"

namespace connectrpc::conformance {

// What the suite's ConformanceService asks of its methods (service.proto), apart from reading, waiting and writing:
// those are the business of each style of handlers. Ordinary gRPC code, which knows nothing of an HTTP front end.

using RequestInfo = v1::ConformancePayload_RequestInfo;
using HeaderFields = google::protobuf::RepeatedPtrField<v1::Header>;

// The caller's metadata, grouped by name with the values in their order, and the time left until the deadline, if there
// is one. Values of "-bin" names are base64, without padding, as HTTP carries them. To be called when the handler
// starts: what it spends before is missing from the time.
RequestInfo DescribeCall(const grpc::ServerContextBase& context);

// Adds a request message as it was received.
void AppendRequest(const google::protobuf::Message& request, RequestInfo* info);

// Sets the metadata that a definition asks for; values of "-bin" names stand there in base64.
void SetMetadata(const HeaderFields& headers, const HeaderFields& trailers, grpc::ServerContextBase* context);

template <class Definition>
void SetMetadata(const Definition& definition, grpc::ServerContextBase* context) {
  SetMetadata(definition.response_headers(), definition.response_trailers(), context);
}

// The outcome of a method with a single response: OK and `*payload`, or the error that the definition asks for, whose
// last detail is `info`. An absent definition is the default one: a payload of `info` only.
grpc::Status AnswerOnce(const v1::UnaryResponseDefinition& definition, RequestInfo info,
                        v1::ConformancePayload* payload);

// The responses of a method with a stream of them, one after the other.
//
//   StreamAnswer answer(DescribeCall(*context));
//   answer.Define(request.response_definition());
//   answer.AddRequest(request);
//   while (answer.HasNext()) { wait(answer.delay()); write(answer.Next()); }
//   return answer.Finish();
class StreamAnswer {
 public:
  explicit StreamAnswer(RequestInfo call) : info_(std::move(call)) {}

  // Takes the definition of the first request; without one there are no responses and no error.
  void Define(const v1::StreamResponseDefinition& definition) { definition_ = definition; }

  // A request received since the last response; the next one reports it.
  void AddRequest(const google::protobuf::Message& request) { AppendRequest(request, &info_); }

  // Whether responses are left.
  bool HasNext() const { return sent_ < definition_.response_data_size(); }

  // How long to wait before each response.
  std::chrono::milliseconds delay() const { return std::chrono::milliseconds(definition_.response_delay_ms()); }

  // The next response; HasNext() must be true. The first one describes the call and all requests so far, later ones
  // only the requests since, if any.
  v1::ConformancePayload Next();

  // How the stream ends. The details of an error describe the call if no response did.
  grpc::Status Finish() const;

 private:
  v1::StreamResponseDefinition definition_;
  RequestInfo info_;  // what the next response has to report
  int sent_ = 0;
};

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_SERVICE_LOGIC_H_
