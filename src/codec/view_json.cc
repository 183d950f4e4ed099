#include "connectrpc/view_json.h"

#include <google/protobuf/descriptor.h>

#include "codec/codec.h"

namespace connectrpc {
namespace {

codec::JsonOptions Options(const JsonFormat& format) {
  codec::JsonOptions options;
  static_cast<JsonFormat&>(options) = format;
  return options;
}

}  // namespace

struct ViewJson::State {
  std::unique_ptr<const codec::Codec> codec;
};

ViewJson::ViewJson(const JsonFormat& format) : state_(new State{codec::NewJsonCodec(Options(format))}) {}
ViewJson::~ViewJson() = default;

Error ViewJson::WriteBytes(const google::protobuf::Descriptor& type, std::string_view bytes, std::string* json) const {
  std::string error;
  if (state_->codec->FromBinary(type, bytes, json, &error)) return {};
  return Error(Code::kInternal, "cannot write " + std::string(type.full_name()) + " as JSON: " + error);
}

}  // namespace connectrpc
