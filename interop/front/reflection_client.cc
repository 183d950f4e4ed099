#include "interop/front/reflection_client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include <set>
#include <utility>

#include "interop/front/reflection_wire.h"

namespace connectrpc::front {
namespace {

absl::Status ToAbsl(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// One stream of ServerReflectionInfo, one question at a time. Each step waits for its own event: there is never more
// than one.
class ReflectionStream {
 public:
  ReflectionStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& version,
                   std::chrono::system_clock::time_point deadline)
      : stub_(channel) {
    context_.set_deadline(deadline);
    stream_ =
        stub_.PrepareCall(&context_, "/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo", &queue_);
    stream_->StartCall(this);
    open_ = Wait();
  }

  ~ReflectionStream() {
    context_.TryCancel();
    static_cast<void>(Finish());
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  absl::Status Ask(const std::string& request, ReflectionResponse* response) {
    const grpc::Slice slice(request);
    grpc::ByteBuffer answer;
    open_ = open_ && Write(grpc::ByteBuffer(&slice, 1)) && Read(&answer);
    if (!open_) {
      // OK would be an end without an answer.
      const grpc::Status status = Finish();
      return status.ok() ? absl::UnavailableError("the backend ended its reflection stream") : ToAbsl(status);
    }
    grpc::Slice bytes;
    const bool whole = answer.DumpToSingleSlice(&bytes).ok();
    const std::string_view view(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    if (whole && ParseReflectionResponse(view, response)) return absl::OkStatus();
    return absl::InvalidArgumentError("the backend's reflection sent something else than a ServerReflectionResponse");
  }

 private:
  bool Wait() {
    void* tag;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }
  bool Write(const grpc::ByteBuffer& message) {
    stream_->Write(message, this);
    return Wait();
  }
  bool Read(grpc::ByteBuffer* message) {
    stream_->Read(message, this);
    return Wait();
  }
  // A call may be finished once only.
  grpc::Status Finish() {
    if (finished_) return status_;
    finished_ = true;
    stream_->Finish(&status_, this);
    static_cast<void>(Wait());
    return status_;
  }

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::Status status_;
  bool open_ = false;
  bool finished_ = false;
};

absl::Status AddFiles(const ReflectionResponse& response, DescriptorFiles* files) {
  for (const std::string& file : response.files) {
    absl::Status added = files->AddFile(file);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

absl::Status AskForService(ReflectionStream* stream, const std::string& name, ReflectedServices* out) {
  if (out->files.DefinesService(name)) return absl::OkStatus();
  ReflectionResponse response;
  absl::Status status = stream->Ask(FileContainingSymbolRequest(name), &response);
  if (status.ok()) status = AddFiles(response, &out->files);
  // gRPC C++ lists its health service without knowing a descriptor of it.
  if (status.ok() && !out->files.DefinesService(name)) out->undescribed.push_back(name);
  return status;
}

// Most servers send a file with all that it imports; the protocol allows to send it alone.
absl::Status AskForImports(ReflectionStream* stream, DescriptorFiles* files) {
  for (std::set<std::string> missing = files->Missing(); !missing.empty(); missing = files->Missing()) {
    for (const std::string& name : missing) {
      ReflectionResponse response;
      absl::Status status = stream->Ask(FileByFilenameRequest(name), &response);
      if (status.ok()) status = AddFiles(response, files);
      if (!status.ok()) return status;
    }
    const std::set<std::string> now = files->Missing();
    for (const std::string& name : missing) {
      if (now.count(name) != 0)
        return absl::InvalidArgumentError("the backend's reflection has no file \"" + name + "\"");
    }
  }
  return absl::OkStatus();
}

absl::Status AskVersion(const std::shared_ptr<grpc::Channel>& channel, const std::string& version,
                        const std::vector<std::string>& services, std::chrono::system_clock::time_point deadline,
                        ReflectedServices* out) {
  *out = ReflectedServices();
  ReflectionStream stream(channel, version, deadline);
  ReflectionResponse response;
  absl::Status status = stream.Ask(ListServicesRequest(), &response);
  if (!status.ok()) return status;
  out->listed = std::move(response.services);
  for (const std::string& name : services.empty() ? out->listed : services) {
    status = AskForService(&stream, name, out);
    if (!status.ok()) return status;
  }
  return AskForImports(&stream, &out->files);
}

}  // namespace

absl::Status AskReflection(const std::shared_ptr<grpc::Channel>& channel, const std::vector<std::string>& services,
                           std::chrono::system_clock::time_point deadline, ReflectedServices* out) {
  absl::Status status = AskVersion(channel, "v1", services, deadline, out);
  if (status.code() == absl::StatusCode::kUnimplemented) {
    status = AskVersion(channel, "v1alpha", services, deadline, out);
  }
  return status;
}

}  // namespace connectrpc::front
