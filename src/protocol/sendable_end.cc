#include "protocol/sendable_end.h"

#include <cstddef>
#include <string>

#include "protocol/metadata_fields.h"
#include "wire/metadata.h"

namespace connectrpc::protocol {

SendableEnd::SendableEnd(const HeaderList* headers, const RpcEnd& end)
    : error_(&end.error), headers_(headers != nullptr ? headers : &no_headers_), trailers_(&end.trailers) {
  if (!CodeFromNumber(static_cast<int>(end.error.code)).has_value()) {
    Error& unknown = replacement().error;
    unknown = end.error;
    unknown.code = Code::kUnknown;
    error_ = &unknown;
  }
  if (headers != nullptr) Check(&headers_, &Replacement::headers);
  Check(&trailers_, &Replacement::trailers);
}

SendableEnd::Replacement& SendableEnd::replacement() {
  if (replacement_ == nullptr) replacement_ = std::make_unique<Replacement>();
  return *replacement_;
}

void SendableEnd::Check(const HeaderList** list, HeaderList Replacement::*valid) {
  const HeaderList& source = **list;
  size_t first_invalid = 0;
  while (first_invalid < source.size() && IsValidMetadata(source[first_invalid])) ++first_invalid;
  if (first_invalid == source.size()) return;
  if (error_->ok()) {
    std::string name = wire::Quoted(source[first_invalid].name);
    replacement().error = Error(Code::kInternal, "handler set invalid metadata \"" + name + "\"");
    error_ = &replacement().error;
  }
  HeaderList& kept = replacement().*valid;
  for (HeaderField field : source) {
    if (IsValidMetadata(field)) kept.Add(field.name, field.value);
  }
  *list = &kept;
}

}  // namespace connectrpc::protocol
