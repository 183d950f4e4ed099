#include "interop/reflection_session.h"

#include <cstddef>
#include <optional>
#include <string>

#include "connectrpc/code.h"
#include "wire/metadata.h"

namespace connectrpc::interop {
namespace {

using reflection::ServerReflectionRequest;
using reflection::ServerReflectionResponse;

void SetError(Code code, const std::string& message, ServerReflectionResponse* response) {
  reflection::ErrorResponse* error = response->mutable_error_response();
  error->set_error_code(static_cast<int32_t>(code));
  error->set_error_message(message);
}

void SetNotFound(const char* what, const std::string& name, ServerReflectionResponse* response) {
  SetError(Code::kNotFound, std::string("unknown ") + what + " \"" + wire::Quoted(name) + "\"", response);
}

}  // namespace

void ReflectionSession::Answer(const ServerReflectionRequest& request, ServerReflectionResponse* response) {
  response->set_valid_host(request.host());
  *response->mutable_original_request() = request;

  std::optional<ReflectionIndex::FileId> file;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kListServices: {
      auto* services = response->mutable_list_services_response();
      for (const std::string& name : index_->services()) services->add_service()->set_name(name);
      return;
    }
    case ServerReflectionRequest::kAllExtensionNumbersOfType: {
      const std::string& type = request.all_extension_numbers_of_type();
      const auto numbers = index_->FindExtensionNumbers(type);
      if (!numbers.has_value()) {
        SetNotFound("type", type, response);
        return;
      }
      auto* answer = response->mutable_all_extension_numbers_response();
      answer->set_base_type_name(type);
      for (const int32_t number : *numbers) answer->add_extension_number(number);
      return;
    }
    case ServerReflectionRequest::kFileByFilename:
      file = index_->FindFile(request.file_by_filename());
      if (!file.has_value()) SetNotFound("file", request.file_by_filename(), response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      file = index_->FindSymbol(request.file_containing_symbol());
      if (!file.has_value()) SetNotFound("symbol", request.file_containing_symbol(), response);
      break;
    case ServerReflectionRequest::kFileContainingExtension: {
      const reflection::ExtensionRequest& extension = request.file_containing_extension();
      file = index_->FindExtension(extension.containing_type(), extension.extension_number());
      if (!file.has_value()) SetNotFound("extension of", extension.containing_type(), response);
      break;
    }
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      SetError(Code::kInvalidArgument, "request asks for nothing that is known here", response);
      return;
  }
  if (file.has_value()) AddFiles(*file, response);
}

void ReflectionSession::AddFiles(ReflectionIndex::FileId file, ServerReflectionResponse* response) {
  auto* answer = response->mutable_file_descriptor_response();
  std::vector<ReflectionIndex::FileId> files = {file};
  sent_[file] = true;
  for (size_t i = 0; i < files.size(); ++i) {
    answer->add_file_descriptor_proto(index_->bytes(files[i]));
    for (const ReflectionIndex::FileId import : index_->imports(files[i])) {
      if (sent_[import]) continue;
      sent_[import] = true;
      files.push_back(import);
    }
  }
}

}  // namespace connectrpc::interop
