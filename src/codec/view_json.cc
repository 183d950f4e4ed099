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

struct ViewJson::State {
  std::unique_ptr<const codec::Codec> codec;
};

ViewJson::ViewJson(const JsonFormat& format) : state_(new State{codec::NewJsonCodec(Options(format))}) {}
ViewJson::~ViewJson() = default;

Error ViewJson::WriteView(const google::protobuf::Descriptor& type, const views::internal::MessageTable& table,
                          const char* view, std::string* json) const {
  bool ok;
  const std::string bytes = views::internal::SerializeMessage(table, view, &ok);
  if (!ok) {
    json->clear();
    return Error(Code::kInternal, std::string(type.full_name()) + " is larger than 2 GiB");
  }
  return WriteBytes(type, bytes, json);
}

Error ViewJson::WriteBytes(const google::protobuf::Descriptor& type, std::string_view bytes, std::string* json) const {
  std::string error;
  if (state_->codec->FromBinary(type, bytes, json, &error)) return {};
  return Error(Code::kInternal, "cannot write " + std::string(type.full_name()) + " as JSON: " + error);
}

}  // namespace connectrpc
