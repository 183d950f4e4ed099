#ifndef CONNECTRPC_SRC_CODEC_PROTOBUF_VERSION_H_
#define CONNECTRPC_SRC_CODEC_PROTOBUF_VERSION_H_

#include <google/protobuf/stubs/common.h>
#include <google/protobuf/util/json_util.h>

#include <string>
#include <string_view>

#if GOOGLE_PROTOBUF_VERSION >= 4022000
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "utf8_validity.h"
#endif

// What differs between the versions of protobuf that we build with: 3.21, and 22 and later, which took over abseil's
// status, strings and logging.
namespace connectrpc::codec {

#if GOOGLE_PROTOBUF_VERSION >= 4022000
using ProtobufStatus = absl::Status;
using ProtobufStringView = absl::string_view;
#else
using ProtobufStatus = google::protobuf::util::Status;
using ProtobufStringView = google::protobuf::StringPiece;
#endif

inline ProtobufStringView ToProtobuf(std::string_view text) {
  return ProtobufStringView(text.data(), text.size());
}

inline std::string MessageOf(const ProtobufStatus& status) {
  return std::string(status.message().data(), status.message().size());
}

// `text` must be shorter than 2 GiB.
inline bool IsUtf8(std::string_view text) {
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  return utf8_range::IsStructurallyValid(ProtobufStringView(text.data(), text.size()));
#else
  return google::protobuf::internal::IsStructurallyValidUTF8(text.data(), static_cast<int>(text.size()));
#endif
}

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_PROTOBUF_VERSION_H_
