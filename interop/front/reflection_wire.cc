#include "interop/front/reflection_wire.h"

#include <google/protobuf/unknown_field_set.h>

namespace connectrpc::front {
namespace {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

// Field numbers of grpc/reflection/v1/reflection.proto.
namespace request {
constexpr int kFileByFilename = 3;
constexpr int kFileContainingSymbol = 4;
constexpr int kListServices = 7;
}  // namespace request
namespace response {
constexpr int kFileDescriptorResponse = 4;
constexpr int kListServicesResponse = 6;
constexpr int kErrorResponse = 7;
}  // namespace response
constexpr int kFileDescriptorProto = 1;  // of FileDescriptorResponse
constexpr int kService = 1;              // of ListServiceResponse
constexpr int kName = 1;                 // of ServiceResponse
constexpr int kErrorCode = 1;            // of ErrorResponse
constexpr int kErrorMessage = 2;

std::string Serialize(int field, std::string_view value) {
  UnknownFieldSet message;
  message.AddLengthDelimited(field, std::string(value));
  std::string bytes;
  message.SerializeToString(&bytes);
  return bytes;
}

// A message whose type is not known to protobuf: its fields as they came.
[[nodiscard]] bool Parse(std::string_view bytes, UnknownFieldSet* fields) {
  return fields->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// Calls `use` with each value of a field of bytes; false as soon as it is, or for bytes that are no message.
template <typename Use>
bool ForEach(std::string_view message, int number, Use use) {
  UnknownFieldSet fields;
  if (!Parse(message, &fields)) return false;
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& field = fields.field(i);
    if (field.number() != number || field.type() != UnknownField::TYPE_LENGTH_DELIMITED) continue;
    if (!use(field.length_delimited())) return false;
  }
  return true;
}

bool ParseServices(std::string_view message, ReflectionResponse* response) {
  return ForEach(message, kService, [response](const std::string& service) {
    return ForEach(service, kName, [response](const std::string& name) {
      response->services.push_back(name);
      return true;
    });
  });
}

bool ParseFiles(std::string_view message, ReflectionResponse* response) {
  return ForEach(message, kFileDescriptorProto, [response](const std::string& file) {
    response->files.push_back(file);
    return true;
  });
}

bool ParseError(std::string_view message, ReflectionResponse* response) {
  UnknownFieldSet fields;
  if (!Parse(message, &fields)) return false;
  response->error_code = 2;  // UNKNOWN: an error without a code is still one
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& field = fields.field(i);
    if (field.number() == kErrorCode && field.type() == UnknownField::TYPE_VARINT && field.varint() != 0) {
      response->error_code = static_cast<int>(field.varint());
    }
  }
  return ForEach(message, kErrorMessage, [response](const std::string& text) {
    response->error_message = text;
    return true;
  });
}

}  // namespace

std::string ListServicesRequest() {
  return Serialize(request::kListServices, "*");
}

std::string FileContainingSymbolRequest(std::string_view symbol) {
  return Serialize(request::kFileContainingSymbol, symbol);
}

std::string FileByFilenameRequest(std::string_view name) {
  return Serialize(request::kFileByFilename, name);
}

bool ParseReflectionResponse(std::string_view bytes, ReflectionResponse* response) {
  *response = ReflectionResponse();
  return ForEach(bytes, response::kFileDescriptorResponse,
                 [response](const std::string& part) { return ParseFiles(part, response); }) &&
         ForEach(bytes, response::kListServicesResponse,
                 [response](const std::string& part) { return ParseServices(part, response); }) &&
         ForEach(bytes, response::kErrorResponse,
                 [response](const std::string& part) { return ParseError(part, response); });
}

}  // namespace connectrpc::front
