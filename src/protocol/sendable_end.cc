#include "protocol/sendable_end.h"

#include <cstddef>
#include <string>

#include "protocol/metadata_fields.h"
#include "wire/metadata.h"

namespace connectrpc::protocol {

SendableEnd::SendableEnd(const HeaderList* headers, const RpcEnd& end)
    : error_(&end.error), headers_(headers != nullptr ? headers : &valid_headers_), trailers_(&end.trailers) {
  if (!CodeFromNumber(static_cast<int>(end.error.code)).has_value()) {
    replaced_error_ = end.error;
    replaced_error_.code = Code::kUnknown;
    error_ = &replaced_error_;
  }
  if (headers != nullptr) Check(&headers_, &valid_headers_);
  Check(&trailers_, &valid_trailers_);
}

void SendableEnd::Check(const HeaderList** list, HeaderList* valid) {
  const HeaderList& source = **list;
  size_t first_invalid = 0;
  while (first_invalid < source.size() && IsValidMetadata(source[first_invalid])) ++first_invalid;
  if (first_invalid == source.size()) return;
  if (error_->ok()) {
    std::string name = wire::Quoted(source[first_invalid].name);
    replaced_error_ = Error(Code::kInternal, "handler set invalid metadata \"" + name + "\"");
    error_ = &replaced_error_;
  }
  for (HeaderField field : source) {
    if (IsValidMetadata(field)) valid->Add(field.name, field.value);
  }
  *list = valid;
}

}  // namespace connectrpc::protocol
