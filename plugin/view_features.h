#ifndef CONNECTRPC_PLUGIN_VIEW_FEATURES_H_
#define CONNECTRPC_PLUGIN_VIEW_FEATURES_H_

#include <google/protobuf/descriptor.h>

#include "plugin/options.h"

namespace connectrpc::plugin {

// What editions call the features of a field: all in which proto2 and proto3 differ, as far as views are concerned.
// Nothing else about views asks for the syntax of a file.
struct ViewFeatures {
  enum class Presence { kImplicit, kExplicit, kRequired };

  Presence presence = Presence::kExplicit;  // kImplicit for repeated fields and maps
  bool closed_enum = false;                 // values that the enum does not have are unknown fields
  bool validate_utf8 = false;               // a string has to be UTF-8
  bool delimited = false;  // a message that is enclosed by two tags, a group, not preceded by its length
  bool packed = false;     // a repeated field whose elements are written in one piece
};

ViewFeatures FeaturesOf(const google::protobuf::FieldDescriptor& field, const Options& options);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_VIEW_FEATURES_H_
