#ifndef CONNECTRPC_PLUGIN_VIEW_CONTEXT_H_
#define CONNECTRPC_PLUGIN_VIEW_CONTEXT_H_

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "plugin/options.h"
#include "plugin/view_features.h"

// What is printed about the views of a file's messages, decided before anything is.
namespace connectrpc::plugin {

// How a field's values lie in a view and are read, as connectrpc/views/table.h has it.
enum class ViewShape { kImplicit, kExplicit, kRequired, kMessage, kOneof, kRepeated, kPacked, kMap };

struct ViewField {
  const google::protobuf::FieldDescriptor* descriptor;
  ViewShape shape;
  std::string accessor;     // "service_name"
  std::string has;          // "has_service_name"; empty: none
  std::string member;       // "f2_"; of a oneof "o1_"
  std::string case_member;  // of a oneof "o1_case_"
  std::string type;         // of one value, of a map's in its entry: "::std::string_view", "::greet::v1::FooView"
  std::string storage;      // of the member
  std::string codec;        // that reads a value; empty for messages and groups, and for closed enums but in maps
  std::string initial;      // what the value is where it is absent; empty: what its type has
  bool fixed = false;       // a number with a fixed width
  ViewFeatures features;    // of a value: of a map's in its entry
  std::string key_codec;    // of maps
  uint32_t tag = 0;         // of one value
  uint32_t packed_tag = 0;
  int has_bit = -1;
  bool required_within = false;  // of maps: the value has required fields
};

struct ViewOneof {
  const google::protobuf::OneofDescriptor* descriptor;
  std::string accessor;   // "value_case"
  std::string case_type;  // "::greet::v1::Foo::ValueCase"
  std::string member;     // "o1_"
  std::string case_member;
};

struct ViewContext {
  const google::protobuf::Descriptor* descriptor;
  std::string name;               // "Outer_InnerView"
  std::string message;            // "::greet::v1::Outer_Inner"
  std::vector<ViewField> fields;  // sorted by number
  std::vector<ViewOneof> oneofs;
  int has_words = 0;
  bool has_required = false;  // in itself or in messages within
};

// Their headers have to be included for the fields of messages of `file`: paths of .proto files.
std::vector<std::string> ViewImports(const google::protobuf::FileDescriptor& file);

// The views of all messages of `file`, nested ones too (but for entries of maps).
std::vector<ViewContext> MakeViewContexts(const google::protobuf::FileDescriptor& file, const Options& options);

bool HasMaps(const ViewContext& view);

}  // namespace connectrpc::plugin

#endif  // CONNECTRPC_PLUGIN_VIEW_CONTEXT_H_
