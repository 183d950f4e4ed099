#include "plugin/view_parsing.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace connectrpc::plugin {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::io::Printer;

bool IsRepeated(const ViewField& field) {
  return field.shape == ViewShape::kRepeated || field.shape == ViewShape::kPacked;
}

bool IsGroup(const ViewField& field) {
  return field.features.delimited;
}

bool IsMessage(const ViewField& field) {
  return field.shape != ViewShape::kMap && field.descriptor->message_type() != nullptr;
}

std::string Call(const ViewField& field, const std::string& function, const std::string& arguments) {
  const std::string group = IsGroup(field) ? absl::StrCat(field.tag, ", ") : "";
  return absl::StrCat("p = d->", function, "(p, end, ", group, arguments, ");\n");
}

// What reads one value, or one piece of a packed field, behind its tag.
std::string ReadPiece(const ViewField& field) {
  const std::string closed = absl::StrCat("<", field.type, ", &", field.type, "_IsValid>");
  if (field.features.closed_enum) {
    return absl::StrCat("p = d->AppendPackedClosedEnum", closed, "(p, end, ", field.descriptor->number(), ", &",
                        field.member, ", &unknown_);\n");
  }
  if (field.fixed) return Call(field, "AppendPackedFixed", absl::StrCat("&", field.member));
  return Call(field, absl::StrCat("AppendPacked<", field.codec, ">"), absl::StrCat("&", field.member));
}

std::string ReadElement(const ViewField& field) {
  const std::string member = absl::StrCat("&", field.member);
  if (IsGroup(field)) return Call(field, "AppendGroup", member);
  if (IsMessage(field)) return Call(field, "AppendMessage", member);
  if (field.features.closed_enum) {
    return absl::StrCat("p = d->AppendClosedEnum<", field.type, ", &", field.type, "_IsValid>(p, end, ",
                        field.descriptor->number(), ", ", member, ", &unknown_);\n");
  }
  if (field.fixed) return Call(field, "AppendFixed", member);
  return Call(field, absl::StrCat("Append<", field.codec, ">"), member);
}

std::string ReadOneof(const ViewField& field) {
  const std::string number = absl::StrCat(field.descriptor->number());
  if (IsMessage(field)) {
    return absl::StrCat(field.storage, " value = ", field.case_member, " == ", number, " ? ", field.member, ".Get<",
                        field.storage, ">() : nullptr;\n",
                        Call(field, IsGroup(field) ? "ReadGroup" : "ReadMessage", "&value"), field.member,
                        ".Set(value);\n", field.case_member, " = ", number, ";\n");
  }
  if (field.features.closed_enum) {
    return absl::StrCat(field.type, " value{};\nbool known = true;\np = d->ReadClosedEnum<", field.type, ", &",
                        field.type, "_IsValid>(p, end, ", number, ", &value, &known, &unknown_);\nif (known) {\n  ",
                        field.member, ".Set(value);\n  ", field.case_member, " = ", number, ";\n}\n");
  }
  return absl::StrCat(field.type, " value{};\np = ", field.codec, "::Read(p, end, &value, d);\n", field.member,
                      ".Set(value);\n", field.case_member, " = ", number, ";\n");
}

std::string SetHasBit(const ViewField& field) {
  if (field.has_bit < 0) return "";
  return absl::StrCat("has_[", field.has_bit / 32, "] |= 1U << ", field.has_bit % 32, ";\n");
}

std::string ReadSingular(const ViewField& field) {
  const std::string member = absl::StrCat("&", field.member);
  if (IsGroup(field)) return Call(field, "ReadGroup", member);
  if (IsMessage(field)) return Call(field, "ReadMessage", member);
  if (field.features.closed_enum) {
    return absl::StrCat("bool known = true;\np = d->ReadClosedEnum<", field.type, ", &", field.type,
                        "_IsValid>(p, end, ", field.descriptor->number(), ", ", member,
                        ", &known, &unknown_);\nif (known) ", SetHasBit(field));
  }
  return absl::StrCat(SetHasBit(field), "p = ", field.codec, "::Read(p, end, ", member, ", d);\n");
}

std::string ReadMap(const ViewField& field) {
  return absl::StrCat("p = d->ReadMapEntry<", field.key_codec, ", ", field.codec, ">(start, p, end, &", field.member,
                      ", &unknown_);\n");
}

// One `case`.
struct Entry {
  const ViewField* field;
  uint32_t tag;
  bool packed;     // the piece of a packed field
  bool preferred;  // the form in which the field is written
};

std::string ReadEntry(const Entry& entry) {
  const ViewField& field = *entry.field;
  if (entry.packed) return ReadPiece(field);
  switch (field.shape) {
    case ViewShape::kMap:
      return ReadMap(field);
    case ViewShape::kRepeated:
    case ViewShape::kPacked:
      return ReadElement(field);
    case ViewShape::kOneof:
      return ReadOneof(field);
    case ViewShape::kImplicit:
    case ViewShape::kExplicit:
    case ViewShape::kRequired:
    case ViewShape::kMessage:
      break;
  }
  return ReadSingular(field);
}

// The expected form of each field, in order of numbers, and behind them the forms that are accepted besides.
std::vector<Entry> EntriesOf(const ViewContext& view) {
  std::vector<Entry> entries;
  for (const ViewField& field : view.fields) {
    const bool packed = field.shape == ViewShape::kPacked;
    entries.push_back({&field, packed ? field.packed_tag : field.tag, packed, true});
  }
  for (const ViewField& field : view.fields) {
    if (field.packed_tag == 0) continue;
    const bool packed = field.shape != ViewShape::kPacked;
    entries.push_back({&field, packed ? field.packed_tag : field.tag, packed, false});
  }
  return entries;
}

// A field is most likely followed by itself if it is repeated, else by the next one: their tags are looked for before
// anything else is.
void PrintEntry(const Entry& entry, const Entry* next, Printer* printer) {
  std::map<std::string, std::string> vars = {{"tag", absl::StrCat(entry.tag)},
                                             {"number", absl::StrCat(entry.field->descriptor->number())}};
  const bool again =
      entry.preferred && !entry.packed && (IsRepeated(*entry.field) || entry.field->shape == ViewShape::kMap);
  printer->Print(vars, "case $tag$: {\n");
  printer->Indent();
  if (again) {
    printer->Print("do {\n");
    printer->Indent();
  }
  printer->Print(ReadEntry(entry).c_str());
  printer->Print(vars, "if (p == nullptr) return d->FailedIn(kTable, $number$);\n");
  if (again) {
    // A map's entry may become an unknown field, which begins at its tag.
    if (entry.field->shape == ViewShape::kMap) printer->Print("start = p;\n");
    printer->Outdent();
    printer->Print(vars, "} while (d->TakeTag<$tag$>(&p, end));\n");
  }
  const bool falls = entry.preferred && next != nullptr && next->preferred;
  if (falls) {
    if (next->field->shape == ViewShape::kMap && !(again && entry.field->shape == ViewShape::kMap)) {
      printer->Print("start = p;\n");
    }
    printer->Print("if (!d->TakeTag<$next$>(&p, end)) continue;\n", "next", absl::StrCat(next->tag));
  } else {
    printer->Print("continue;\n");
  }
  printer->Outdent();
  printer->Print("}\n");
  if (falls) printer->Print("  [[fallthrough]];\n");
}

}  // namespace

void PrintViewParsing(const ViewContext& view, Printer* printer) {
  const std::map<std::string, std::string> vars = {{"name", view.name}};
  const bool maps = HasMaps(view);
  printer->Print(vars,
                 "const $name$* $name$::Parse(::std::string_view bytes, ::connectrpc::views::Arena* arena,\n"
                 "    const ::connectrpc::views::ParseOptions& options, ::connectrpc::views::ParseError* error) {\n"
                 "  return ::connectrpc::views::internal::ParseView<$name$>(bytes, arena, options, error);\n"
                 "}\n\n"
                 "const char* $name$::Merge(const char* p, const char* end, ::uint32_t end_tag,\n"
                 "    ::connectrpc::views::internal::Decoder* d) {\n");
  printer->Indent();
  printer->Print("while (true) {\n");
  printer->Indent();
  printer->Print(
      "if (p == end) {\n"
      "  if (end_tag == 0) break;\n"
      "  d->Fail(::connectrpc::views::ParseError::Kind::kTruncated, end);\n"
      "  return d->FailedIn(kTable);\n"
      "}\n"
      "const char* $const$start = p;\n"
      "::uint32_t tag;\n"
      "p = d->ReadTag(p, end, &tag);\n"
      "if (p == nullptr) return d->FailedIn(kTable);\n",
      "const", maps ? "" : "const ");
  printer->Print("switch (tag) {\n");
  printer->Indent();
  const std::vector<Entry> entries = EntriesOf(view);
  for (size_t i = 0; i < entries.size(); ++i) {
    PrintEntry(entries[i], i + 1 < entries.size() ? &entries[i + 1] : nullptr, printer);
  }
  printer->Print(
      "default:\n"
      "  if (d->EndsGroup(tag, end_tag)) break;\n"
      "  p = d->ReadUnknown(start, p, end, tag, &unknown_);\n"
      "  if (p == nullptr) return d->FailedIn(kTable);\n"
      "  continue;\n");
  printer->Outdent();
  printer->Print("}\nbreak;\n");
  printer->Outdent();
  printer->Print("}\n");
  for (const ViewField& field : view.fields) {
    if (field.shape != ViewShape::kMap) continue;
    printer->Print("if (!d->Settle(&$member$)) return d->FailedIn(kTable, $number$);\n", "member", field.member,
                   "number", absl::StrCat(field.descriptor->number()));
  }
  printer->Print("return p;\n");
  printer->Outdent();
  printer->Print("}\n");
}

}  // namespace connectrpc::plugin
