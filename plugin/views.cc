#include "plugin/views.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::io::Printer;
using Vars = std::map<std::string, std::string>;

Vars VarsOf(const ViewField& field) {
  Vars vars = {{"accessor", field.accessor},
               {"has", field.has},
               {"member", field.member},
               {"type", field.type},
               {"storage", field.storage},
               {"number", absl::StrCat(field.descriptor->number())},
               {"name", field.descriptor->full_name()}};
  vars["initial"] = field.initial.empty() ? absl::StrCat(field.type, "{}") : field.initial;
  vars["case"] = field.case_member;
  vars["word"] = absl::StrCat(field.has_bit / 32);
  vars["bit"] = absl::StrCat(field.has_bit % 32);
  return vars;
}

void PrintPresence(const ViewField& field, const Vars& vars, Printer* printer) {
  if (field.has.empty()) return;
  if (field.shape == ViewShape::kOneof) {
    printer->Print(vars, "bool $has$() const noexcept { return $case$ == $number$; }\n");
  } else if (field.shape == ViewShape::kMessage) {
    printer->Print(vars, "bool $has$() const noexcept { return $member$ != nullptr; }\n");
  } else {
    printer->Print(vars, "bool $has$() const noexcept { return (has_[$word$] >> $bit$ & 1U) != 0; }\n");
  }
}

void PrintAccessor(const ViewField& field, Printer* printer) {
  const Vars vars = VarsOf(field);
  PrintPresence(field, vars, printer);
  const bool message = field.descriptor->message_type() != nullptr;
  switch (field.shape) {
    case ViewShape::kMap:
    case ViewShape::kRepeated:
    case ViewShape::kPacked:
      printer->Print(vars, "const $storage$& $accessor$() const noexcept { return $member$; }\n");
      return;
    case ViewShape::kMessage:
      printer->Print(vars,
                     "const $type$& $accessor$() const noexcept {\n"
                     "  return ::connectrpc::views::internal::OrDefault<$type$>($member$);\n"
                     "}\n");
      return;
    case ViewShape::kOneof:
      if (message) {
        printer->Print(vars,
                       "const $type$& $accessor$() const noexcept {\n"
                       "  return ::connectrpc::views::internal::OrDefault<$type$>(\n"
                       "      $case$ == $number$ ? $member$.Get<$storage$>() : nullptr);\n"
                       "}\n");
      } else {
        printer->Print(vars,
                       "$type$ $accessor$() const noexcept {\n"
                       "  return $case$ == $number$ ? $member$.Get<$type$>() : $initial$;\n"
                       "}\n");
      }
      return;
    case ViewShape::kImplicit:
    case ViewShape::kExplicit:
    case ViewShape::kRequired:
      printer->Print(vars, "$type$ $accessor$() const noexcept { return $member$; }\n");
      return;
  }
}

// A name for it without commas, which offsetof could not do with.
std::string EntryType(const ViewField& map) {
  return absl::StrCat("Entry", map.descriptor->number(), "_");
}

void PrintMembers(const ViewContext& view, Printer* printer) {
  if (view.has_words > 0) printer->Print("::uint32_t has_[$words$] = {};\n", "words", absl::StrCat(view.has_words));
  for (const ViewField& field : view.fields) {
    const Vars vars = VarsOf(field);
    switch (field.shape) {
      case ViewShape::kOneof:
        break;
      case ViewShape::kMap:
      case ViewShape::kRepeated:
      case ViewShape::kPacked:
        printer->Print(vars, "$storage$ $member$;\n");
        break;
      case ViewShape::kMessage:
        printer->Print(vars, "$storage$ $member$ = nullptr;\n");
        break;
      case ViewShape::kImplicit:
      case ViewShape::kExplicit:
      case ViewShape::kRequired:
        printer->Print(vars, "$type$ $member$ = $initial$;\n");
        break;
    }
  }
  for (const ViewOneof& oneof : view.oneofs) {
    printer->Print("::connectrpc::views::internal::OneofValue $member$;\n::uint32_t $case$ = 0;\n", "member",
                   oneof.member, "case", oneof.case_member);
  }
  printer->Print("::connectrpc::views::internal::UnknownPieces* unknown_ = nullptr;\n");
}

void PrintView(const ViewContext& view, Printer* printer) {
  const Vars vars = {{"name", view.name}, {"message", view.message}, {"full_name", view.descriptor->full_name()}};
  printer->Print(
      vars,
      "// A message $full_name$, read in place. Valid as long as the bytes and the arena that it was parsed with.\n"
      "class $name$ final {\n"
      " public:\n");
  printer->Indent();
  printer->Print(
      vars,
      "using Message = $message$;\n"
      "static constexpr ::std::string_view kFullName = \"$full_name$\";\n\n"
      "// Null if `bytes` are no such message; `*error`, if not null, says why. All is checked here: accessors cannot\n"
      "// fail. Arena and bytes have to outlive the view.\n"
      "static const $name$* Parse(::std::string_view bytes CONNECTRPC_LIFETIME_BOUND,\n"
      "    ::connectrpc::views::Arena* arena CONNECTRPC_LIFETIME_BOUND,\n"
      "    const ::connectrpc::views::ParseOptions& options = {}, ::connectrpc::views::ParseError* error = nullptr);\n"
      "template <class String, ::connectrpc::views::internal::IfTemporaryString<String> = 0>\n"
      "static const $name$* Parse(String&& bytes, ::connectrpc::views::Arena* arena,\n"
      "    const ::connectrpc::views::ParseOptions& options = {}, ::connectrpc::views::ParseError* error = nullptr) = "
      "delete;\n\n");
  for (const ViewField& field : view.fields) PrintAccessor(field, printer);
  for (const ViewOneof& oneof : view.oneofs) {
    printer->Print("$type$ $accessor$() const noexcept { return static_cast<$type$>($case$); }\n", "type",
                   oneof.case_type, "accessor", oneof.accessor, "case", oneof.case_member);
  }
  printer->Print(vars,
                 "::connectrpc::views::UnknownFields unknown_fields() const noexcept {\n"
                 "  return ::connectrpc::views::UnknownFields(unknown_);\n"
                 "}\n"
                 "friend bool operator==(const $name$& a, const $name$& b) noexcept {\n"
                 "  return ::connectrpc::views::Equals(a, b);\n"
                 "}\n"
                 "friend bool operator!=(const $name$& a, const $name$& b) noexcept { return !(a == b); }\n\n"
                 "// For connect-cpp.\n"
                 "const char* Merge(const char* p, const char* end, ::uint32_t end_tag,\n"
                 "    ::connectrpc::views::internal::Decoder* d);\n"
                 "static const ::connectrpc::views::internal::MessageTable kTable;\n");
  printer->Outdent();
  printer->Print("\n private:\n");
  printer->Indent();
  if (!view.fields.empty()) printer->Print("static const ::connectrpc::views::internal::FieldTable kFields[];\n");
  for (const ViewField& field : view.fields) {
    if (field.shape != ViewShape::kMap) continue;
    printer->Print("using $entry$ = $storage$::value_type;\n", "entry", EntryType(field), "storage", field.storage);
  }
  if (HasMaps(view)) printer->Print("static const ::connectrpc::views::internal::MessageTable kEntries[];\n");
  PrintMembers(view, printer);
  printer->Outdent();
  printer->Print("};\n");
}

// Tables.

const char* ShapeName(ViewShape shape) {
  switch (shape) {
    case ViewShape::kImplicit:
      return "kImplicit";
    case ViewShape::kExplicit:
      return "kExplicit";
    case ViewShape::kRequired:
      return "kRequired";
    case ViewShape::kMessage:
      return "kMessage";
    case ViewShape::kOneof:
      return "kOneof";
    case ViewShape::kRepeated:
      return "kRepeated";
    case ViewShape::kPacked:
      return "kPacked";
    case ViewShape::kMap:
      return "kMap";
  }
  return "";
}

std::string EnumTable(const google::protobuf::EnumDescriptor* descriptor, const std::string& type) {
  if (descriptor == nullptr) return "nullptr";
  return absl::StrCat("&::connectrpc::views::internal::kEnumTable<", type, ", &", type, "_Name<", type, ">>");
}

// One FieldTable, as C++.
struct FieldRow {
  const FieldDescriptor* descriptor;
  std::string offset;
  std::string presence;
  std::string shape;
  std::string message;
  std::string enumeration;
};

FieldRow RowOf(const ViewContext& view, const ViewField& field, std::vector<const ViewField*>* maps) {
  const FieldDescriptor& descriptor = *field.descriptor;
  FieldRow row;
  row.descriptor = &descriptor;
  row.offset = absl::StrCat("offsetof(", view.name, ", ", field.member, ")");
  row.presence = field.shape == ViewShape::kOneof ? absl::StrCat("offsetof(", view.name, ", ", field.case_member, ")")
                                                  : absl::StrCat(std::max(field.has_bit, 0));
  row.shape = ShapeName(field.shape);
  row.message = "nullptr";
  row.enumeration = "nullptr";
  if (field.shape == ViewShape::kMap) {
    row.message = absl::StrCat("kEntries + ", maps->size());
    maps->push_back(&field);
  } else {
    if (descriptor.message_type() != nullptr) row.message = absl::StrCat("&", field.type, "::kTable");
    row.enumeration = EnumTable(descriptor.enum_type(), field.type);
  }
  return row;
}

// Key and value, which an entry has whether they came or not. Messages lie in the entry itself.
void AddEntryRows(const ViewField& map, std::vector<FieldRow>* rows) {
  const Descriptor& entry = *map.descriptor->message_type();
  for (const FieldDescriptor* descriptor : {entry.map_key(), entry.map_value()}) {
    FieldRow row;
    row.descriptor = descriptor;
    row.offset = absl::StrCat("offsetof(", EntryType(map), ", ", descriptor->name(), ")");
    row.presence = "0";
    row.shape = "kEntry";
    row.message = descriptor->message_type() != nullptr ? absl::StrCat("&", map.type, "::kTable") : "nullptr";
    row.enumeration = descriptor->enum_type() != nullptr ? EnumTable(descriptor->enum_type(), map.type) : "nullptr";
    rows->push_back(std::move(row));
  }
}

void PrintRow(const FieldRow& row, Printer* printer) {
  printer->Print({{"name", row.descriptor->name()},
                  {"number", absl::StrCat(row.descriptor->number())},
                  {"offset", row.offset},
                  {"presence", row.presence},
                  {"type", absl::StrCat(static_cast<int>(row.descriptor->type()))},
                  {"shape", row.shape},
                  {"message", row.message},
                  {"enum", row.enumeration}},
                 "    {\"$name$\", $number$, $offset$, $presence$,\n"
                 "     ::connectrpc::views::internal::FieldType{$type$}, "
                 "::connectrpc::views::internal::FieldShape::$shape$,\n"
                 "     $message$, $enum$},\n");
}

}  // namespace

void PrintViews(const std::vector<ViewContext>& views, Printer* printer) {
  for (const ViewContext& view : views) printer->Print("class $name$;\n", "name", view.name);
  for (const ViewContext& view : views) {
    printer->Print("\n");
    PrintView(view, printer);
  }
}

void PrintViewTables(const ViewContext& view, Printer* printer) {
  std::vector<FieldRow> rows;
  std::vector<const ViewField*> maps;
  for (const ViewField& field : view.fields) rows.push_back(RowOf(view, field, &maps));
  for (const ViewField* map : maps) AddEntryRows(*map, &rows);
  if (!rows.empty()) {
    printer->Print("const ::connectrpc::views::internal::FieldTable $view$::kFields[] = {\n", "view", view.name);
    for (const FieldRow& row : rows) PrintRow(row, printer);
    printer->Print("};\n");
  }
  if (!maps.empty()) {
    printer->Print("const ::connectrpc::views::internal::MessageTable $view$::kEntries[] = {\n", "view", view.name);
    for (size_t i = 0; i < maps.size(); ++i) {
      printer->Print(
          "    {\"\", kFields + $first$, 2, sizeof($entry$), 0,\n"
          "     ::connectrpc::views::internal::kNoUnknownFields, $required$},\n",
          "first", absl::StrCat(view.fields.size() + 2 * i), "entry", EntryType(*maps[i]), "required",
          maps[i]->required_within ? "true" : "false");
    }
    printer->Print("};\n");
  }
  printer->Print({{"view", view.name},
                  {"fields", rows.empty() ? "nullptr" : "kFields"},
                  {"count", absl::StrCat(view.fields.size())},
                  {"has", view.has_words > 0 ? absl::StrCat("offsetof(", view.name, ", has_)") : "0"},
                  {"required", view.has_required ? "true" : "false"}},
                 "const ::connectrpc::views::internal::MessageTable $view$::kTable = {\n"
                 "    kFullName, $fields$, $count$, sizeof($view$), $has$, offsetof($view$, unknown_), $required$};\n");
}

}  // namespace connectrpc::plugin
