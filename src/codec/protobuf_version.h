#ifndef CONNECTRPC_SRC_CODEC_PROTOBUF_VERSION_H_
#define CONNECTRPC_SRC_CODEC_PROTOBUF_VERSION_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/common.h>

#include <string_view>

#if GOOGLE_PROTOBUF_VERSION >= 4022000
#include "absl/strings/string_view.h"
#include "utf8_validity.h"
#endif

// What differs between the versions of protobuf that we build with: 3.21, and 22 and later, which took over abseil's
// strings.
namespace connectrpc::codec {

// `text` must be shorter than 2 GiB.
inline bool IsUtf8(std::string_view text) {
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  return utf8_range::IsStructurallyValid(absl::string_view(text.data(), text.size()));
#else
  return google::protobuf::internal::IsStructurallyValidUTF8(text.data(), static_cast<int>(text.size()));
#endif
}

// Whether protobuf takes numbers that the field's enum does not have for unknown fields.
inline bool IsClosedEnum(const google::protobuf::FieldDescriptor& field) {
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  return field.enum_type() != nullptr && field.legacy_enum_field_treated_as_closed();
#else
  return field.enum_type() != nullptr && field.file()->syntax() == google::protobuf::FileDescriptor::SYNTAX_PROTO2;
#endif
}

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_PROTOBUF_VERSION_H_
