#include "connectrpc/view_json.h"

#include <google/protobuf/descriptor.h>

#include "codec/codec.h"
#include "connectrpc/views/encoder.h"

namespace connectrpc {
namespace {

codec::JsonOptions Options(const JsonFormat& format) {
  codec::JsonOptions options;
  static_cast<JsonFormat&>(options) = format;
  return options;
}

}  // namespace

ViewJson::ViewJson(const JsonFormat& format) : codec_(codec::NewJsonCodec(Options(format))) {}
ViewJson::~ViewJson() = default;

Error ViewJson::WriteView(const google::protobuf::Descriptor& type, const views::internal::MessageTable& table,
                          const char* view, std::string* json) const {
  views::internal::ReverseWriter binary;
  views::internal::EncodeMessage(table, view, &binary);
  return WriteBytes(type, binary.written(), json);
}

Error ViewJson::WriteBytes(const google::protobuf::Descriptor& type, std::string_view bytes, std::string* json) const {
  std::string error;
  if (codec_->FromBinary(type, bytes, json, &error)) return {};
  return Error(Code::kInternal, "cannot write " + std::string(type.full_name()) + " as JSON: " + error);
}

}  // namespace connectrpc
