#include "plugin/view_context.h"

#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/wire_format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "plugin/names.h"
#include "plugin/protobuf_names.h"
#include "plugin/view_features.h"
#include "plugin/view_names.h"

namespace connectrpc::plugin {
namespace {

namespace cpp = google::protobuf::compiler::cpp;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::OneofDescriptor;
using google::protobuf::internal::WireFormat;

// The messages that have required fields, in themselves or in messages within: those of `file`, and what they lead to.
std::set<const Descriptor*> WithRequired(const FileDescriptor& file) {
  std::vector<const Descriptor*> messages = MessagesOf(file);
  std::set<const Descriptor*> seen(messages.begin(), messages.end());
  std::map<const Descriptor*, std::vector<const Descriptor*>> holders;
  std::vector<const Descriptor*> required;
  for (size_t i = 0; i < messages.size(); ++i) {
    const Descriptor& message = *messages[i];
    bool has_required = false;
    for (int n = 0; n < message.field_count(); ++n) {
      has_required |= message.field(n)->is_required();
      const Descriptor* const inner = message.field(n)->message_type();
      if (inner == nullptr) continue;
      holders[inner].push_back(&message);
      if (seen.insert(inner).second) messages.push_back(inner);
    }
    if (has_required) required.push_back(&message);
  }
  std::set<const Descriptor*> found(required.begin(), required.end());
  while (!required.empty()) {
    const Descriptor* const message = required.back();
    required.pop_back();
    for (const Descriptor* holder : holders[message]) {
      if (found.insert(holder).second) required.push_back(holder);
    }
  }
  return found;
}

// What is the same for all messages of a file.
struct FileViews {
  ViewNames names;
  std::set<const Descriptor*> with_required;
};

// Values.

constexpr char kRuntime[] = "::connectrpc::views::internal::";

struct Scalar {
  const char* type;
  const char* codec;
  bool fixed;
};

Scalar ScalarOf(const FieldDescriptor& field, const ViewFeatures& features) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_DOUBLE:
      return {"double", "Double", true};
    case FieldDescriptor::TYPE_FLOAT:
      return {"float", "Float", true};
    case FieldDescriptor::TYPE_INT64:
      return {"::int64_t", "Int64", false};
    case FieldDescriptor::TYPE_UINT64:
      return {"::uint64_t", "UInt64", false};
    case FieldDescriptor::TYPE_INT32:
      return {"::int32_t", "Int32", false};
    case FieldDescriptor::TYPE_FIXED64:
      return {"::uint64_t", "Fixed64", true};
    case FieldDescriptor::TYPE_FIXED32:
      return {"::uint32_t", "Fixed32", true};
    case FieldDescriptor::TYPE_BOOL:
      return {"bool", "Bool", false};
    case FieldDescriptor::TYPE_STRING:
      return {"::std::string_view", features.validate_utf8 ? "String" : "UncheckedString", false};
    case FieldDescriptor::TYPE_BYTES:
      return {"::std::string_view", "Bytes", false};
    case FieldDescriptor::TYPE_UINT32:
      return {"::uint32_t", "UInt32", false};
    case FieldDescriptor::TYPE_SFIXED32:
      return {"::int32_t", "SFixed32", true};
    case FieldDescriptor::TYPE_SFIXED64:
      return {"::int64_t", "SFixed64", true};
    case FieldDescriptor::TYPE_SINT32:
      return {"::int32_t", "SInt32", false};
    case FieldDescriptor::TYPE_SINT64:
      return {"::int64_t", "SInt64", false};
    case FieldDescriptor::TYPE_ENUM:
    case FieldDescriptor::TYPE_GROUP:
    case FieldDescriptor::TYPE_MESSAGE:
      break;
  }
  return {"", "", false};
}

void DescribeValue(const FieldDescriptor& field, const Options& options, ViewNames* names, ViewField* out) {
  out->features = FeaturesOf(field, options);
  if (field.message_type() != nullptr) {
    out->type = names->Qualified(*field.message_type());
  } else if (field.enum_type() != nullptr) {
    out->type = cpp::QualifiedClassName(field.enum_type());
    out->codec = absl::StrCat(kRuntime, "OpenEnum<", out->type, ">");
  } else {
    const Scalar scalar = ScalarOf(field, out->features);
    out->type = scalar.type;
    out->codec = absl::StrCat(kRuntime, scalar.codec);
    out->fixed = scalar.fixed;
  }
}

// A map's key or value.
ViewField DescribeInEntry(const FieldDescriptor& field, const Options& options, ViewNames* names) {
  ViewField value;
  DescribeValue(field, options, names, &value);
  if (field.message_type() != nullptr) {
    value.codec = absl::StrCat(kRuntime, "Message<", value.type, ">");
  } else if (value.features.closed_enum) {
    value.codec = absl::StrCat(kRuntime, "ClosedEnum<", value.type, ", &", value.type, "_IsValid>");
  }
  return value;
}

template <class T>
std::string FloatingLiteral(T value, const char* type) {
  const std::string limits = absl::StrCat("::std::numeric_limits<", type, ">::");
  if (std::isnan(value)) return absl::StrCat(limits, "quiet_NaN()");
  if (std::isinf(value)) return absl::StrCat(value < 0 ? "-" : "", limits, "infinity()");
  return absl::StrFormat("static_cast<%s>(%.17g)", type, value);
}

std::string StringLiteral(const std::string& value) {
  // Not hexadecimal, whose escapes have no end; and nothing that looks like a trigraph.
  const std::string escaped = absl::StrReplaceAll(absl::CEscape(value), {{"?", "\\077"}});
  return absl::StrFormat("::std::string_view(\"%s\", %d)", escaped, value.size());
}

// The default of a field of proto2; empty where it is zero.
std::string DefaultOf(const FieldDescriptor& field, const std::string& type) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      if (field.default_value_int32() == 0) return "";
      return absl::StrFormat("static_cast<::int32_t>(0x%xU)", static_cast<uint32_t>(field.default_value_int32()));
    case FieldDescriptor::CPPTYPE_INT64:
      if (field.default_value_int64() == 0) return "";
      return absl::StrFormat("static_cast<::int64_t>(0x%xULL)", static_cast<uint64_t>(field.default_value_int64()));
    case FieldDescriptor::CPPTYPE_UINT32:
      return field.default_value_uint32() == 0 ? "" : absl::StrCat(field.default_value_uint32(), "U");
    case FieldDescriptor::CPPTYPE_UINT64:
      return field.default_value_uint64() == 0 ? "" : absl::StrCat(field.default_value_uint64(), "ULL");
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return FloatingLiteral(field.default_value_double(), "double");
    case FieldDescriptor::CPPTYPE_FLOAT:
      return FloatingLiteral(field.default_value_float(), "float");
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.default_value_bool() ? "true" : "";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("static_cast<", type, ">(", field.default_value_enum()->number(), ")");
    case FieldDescriptor::CPPTYPE_STRING:
      return field.default_value_string().empty() ? "" : StringLiteral(field.default_value_string());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "";
}

ViewShape ShapeOf(const FieldDescriptor& field, const ViewFeatures& features) {
  if (field.is_map()) return ViewShape::kMap;
  if (field.is_repeated()) return features.packed ? ViewShape::kPacked : ViewShape::kRepeated;
  if (field.real_containing_oneof() != nullptr) return ViewShape::kOneof;
  if (field.message_type() != nullptr) return ViewShape::kMessage;
  switch (features.presence) {
    case ViewFeatures::Presence::kImplicit:
      return ViewShape::kImplicit;
    case ViewFeatures::Presence::kExplicit:
      return ViewShape::kExplicit;
    case ViewFeatures::Presence::kRequired:
      break;
  }
  return ViewShape::kRequired;
}

std::string StorageOf(const ViewField& field) {
  const FieldDescriptor& descriptor = *field.descriptor;
  switch (field.shape) {
    case ViewShape::kMap:
      return absl::StrCat("::connectrpc::views::Map<", field.key_codec, "::Type, ", field.codec, "::Type>");
    case ViewShape::kRepeated:
    case ViewShape::kPacked:
      return absl::StrCat("::connectrpc::views::", field.fixed ? "FixedRepeated<" : "Repeated<", field.type, ">");
    case ViewShape::kMessage:
      return absl::StrCat(field.type, "*");
    case ViewShape::kOneof:
      return descriptor.message_type() != nullptr ? absl::StrCat(field.type, "*") : field.type;
    case ViewShape::kImplicit:
    case ViewShape::kExplicit:
    case ViewShape::kRequired:
      break;
  }
  return field.type;
}

ViewField MakeField(const FieldDescriptor& descriptor, const Options& options, FileViews* views) {
  ViewField field;
  field.descriptor = &descriptor;
  field.shape = ShapeOf(descriptor, FeaturesOf(descriptor, options));
  if (field.shape == ViewShape::kMap) {
    const Descriptor& entry = *descriptor.message_type();
    const ViewField value = DescribeInEntry(*entry.map_value(), options, &views->names);
    field.key_codec = DescribeInEntry(*entry.map_key(), options, &views->names).codec;
    field.codec = value.codec;
    field.type = value.type;
    field.features = value.features;
    field.required_within = views->with_required.count(&entry) != 0;
  } else {
    DescribeValue(descriptor, options, &views->names, &field);
    field.initial = descriptor.is_repeated() ? "" : DefaultOf(descriptor, field.type);
  }
  field.storage = StorageOf(field);
  const auto wire_type = static_cast<uint32_t>(WireFormat::WireTypeForFieldType(descriptor.type()));
  const auto number = static_cast<uint32_t>(descriptor.number()) << 3;
  field.tag = number | wire_type;
  if (descriptor.is_packable() && descriptor.is_repeated()) field.packed_tag = number | 2;
  return field;
}

// Upper camel case, as protobuf names the cases of a oneof.
std::string CamelCase(const std::string& name) {
  std::string result;
  bool upper = true;
  for (const char c : name) {
    if (absl::ascii_isalpha(static_cast<unsigned char>(c))) {
      result += upper ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c;
      upper = false;
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      result += c;
      upper = true;
    } else {
      upper = true;
    }
  }
  return result;
}

// Accessors have the names that they have in protobuf's message wherever these are free; what they are derived of comes
// after them, and what nobody sees comes last.
void NameMembers(ViewContext* view) {
  // The members that every view has.
  std::set<std::string> taken = {view->name,  "Parse",          "Merge",     "kTable", "kFields", "kEntries",
                                 "ToMessage", "unknown_fields", "kFullName", "has_",   "unknown_"};
  for (ViewField& field : view->fields) field.accessor = TakeName(cpp::FieldName(field.descriptor), &taken);
  for (ViewField& field : view->fields) {
    if (field.descriptor->is_repeated() || field.shape == ViewShape::kImplicit) continue;
    field.has = TakeName(absl::StrCat("has_", cpp::FieldName(field.descriptor)), &taken);
  }
  for (ViewOneof& oneof : view->oneofs) {
    oneof.accessor = TakeName(absl::StrCat(oneof.descriptor->name(), "_case"), &taken);
  }
  std::map<const OneofDescriptor*, const ViewOneof*> oneofs;
  for (ViewOneof& oneof : view->oneofs) {
    oneof.member = TakeName(absl::StrCat("o", oneof.descriptor->index(), "_"), &taken);
    oneof.case_member = TakeName(absl::StrCat("o", oneof.descriptor->index(), "_case_"), &taken);
    oneofs[oneof.descriptor] = &oneof;
  }
  for (ViewField& field : view->fields) {
    if (const auto oneof = oneofs.find(field.descriptor->real_containing_oneof()); oneof != oneofs.end()) {
      field.member = oneof->second->member;
      field.case_member = oneof->second->case_member;
    } else {
      field.member = TakeName(absl::StrCat("f", field.descriptor->number(), "_"), &taken);
    }
  }
}

ViewContext MakeView(const Descriptor& descriptor, const Options& options, FileViews* views) {
  ViewContext view;
  view.descriptor = &descriptor;
  view.name = views->names.Of(descriptor);
  view.message = QualifiedMessageName(descriptor);
  for (int i = 0; i < descriptor.field_count(); ++i) {
    view.fields.push_back(MakeField(*descriptor.field(i), options, views));
  }
  std::sort(view.fields.begin(), view.fields.end(),
            [](const ViewField& a, const ViewField& b) { return a.descriptor->number() < b.descriptor->number(); });
  for (int i = 0; i < descriptor.real_oneof_decl_count(); ++i) {
    ViewOneof& oneof = view.oneofs.emplace_back();
    oneof.descriptor = descriptor.oneof_decl(i);
    oneof.case_type = absl::StrCat(view.message, "::", CamelCase(oneof.descriptor->name()), "Case");
  }
  NameMembers(&view);
  int bits = 0;
  for (ViewField& field : view.fields) {
    if (field.shape == ViewShape::kExplicit || field.shape == ViewShape::kRequired) field.has_bit = bits++;
  }
  view.has_words = (bits + 31) / 32;
  view.has_required = views->with_required.count(&descriptor) != 0;
  return view;
}

}  // namespace

std::vector<std::string> ViewImports(const FileDescriptor& file) {
  std::set<std::string> imports;
  const auto add = [&](const FieldDescriptor& field) {
    const Descriptor* const type = field.message_type();
    if (type != nullptr && type->file() != &file) imports.insert(type->file()->name());
  };
  for (const Descriptor* message : MessagesOf(file)) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor& field = *message->field(i);
      add(field.is_map() ? *field.message_type()->map_value() : field);
    }
  }
  return {imports.begin(), imports.end()};
}

bool HasMaps(const ViewContext& view) {
  return std::any_of(view.fields.begin(), view.fields.end(),
                     [](const ViewField& field) { return field.shape == ViewShape::kMap; });
}

std::vector<ViewContext> MakeViewContexts(const FileDescriptor& file, const Options& options) {
  FileViews file_views;
  file_views.with_required = WithRequired(file);
  std::vector<ViewContext> views;
  for (const Descriptor* message : MessagesOf(file)) views.push_back(MakeView(*message, options, &file_views));
  return views;
}

}  // namespace connectrpc::plugin
