#include "plugin/view_features.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

ViewFeatures::Presence PresenceOf(const FieldDescriptor& field) {
  if (field.is_required()) return ViewFeatures::Presence::kRequired;
  return field.has_presence() ? ViewFeatures::Presence::kExplicit : ViewFeatures::Presence::kImplicit;
}

}  // namespace

ViewFeatures FeaturesOf(const FieldDescriptor& field, const Options& options) {
  // Of the file that has the field, whichever has the enum: that is how protobuf parses.
  const bool proto3 = field.file()->syntax() == FileDescriptor::SYNTAX_PROTO3;
  ViewFeatures features;
  features.presence = PresenceOf(field);
  features.closed_enum = field.type() == FieldDescriptor::TYPE_ENUM && !proto3;
  features.validate_utf8 = field.type() == FieldDescriptor::TYPE_STRING && proto3 && options.validate_utf8;
  features.delimited = field.type() == FieldDescriptor::TYPE_GROUP;
  features.packed = field.is_packed();
  return features;
}

}  // namespace connectrpc::plugin
