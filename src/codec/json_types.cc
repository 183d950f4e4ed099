#include "codec/json_types.h"

#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstring>

#include "codec/json_text.h"
#include "codec/protobuf_version.h"
#include "codec/wire_reader.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

constexpr std::string_view kUrlPrefix = "type.googleapis.com/";

struct KnownShape {
  std::string_view name;
  KnownType known;
  // Of the fields, numbered from 1: the name of the type in descriptors, "*" before it if repeated.
  std::vector<std::string_view> fields;
};

const std::vector<KnownShape>& KnownShapes() {
  static const auto* const shapes = new std::vector<KnownShape>{
      {"Any", KnownType::kAny, {"string", "bytes"}},
      {"Timestamp", KnownType::kTimestamp, {"int64", "int32"}},
      {"Duration", KnownType::kDuration, {"int64", "int32"}},
      {"FieldMask", KnownType::kFieldMask, {"*string"}},
      {"Struct", KnownType::kStruct, {"*google.protobuf.Struct.FieldsEntry"}},
      {"Value",
       KnownType::kValue,
       {"enum", "double", "string", "bool", "google.protobuf.Struct", "google.protobuf.ListValue"}},
      {"ListValue", KnownType::kListValue, {"*google.protobuf.Value"}},
      {"DoubleValue", KnownType::kWrapper, {"double"}},
      {"FloatValue", KnownType::kWrapper, {"float"}},
      {"Int64Value", KnownType::kWrapper, {"int64"}},
      {"UInt64Value", KnownType::kWrapper, {"uint64"}},
      {"Int32Value", KnownType::kWrapper, {"int32"}},
      {"UInt32Value", KnownType::kWrapper, {"uint32"}},
      {"StringValue", KnownType::kWrapper, {"string"}},
      {"BytesValue", KnownType::kWrapper, {"bytes"}},
      {"BoolValue", KnownType::kWrapper, {"bool"}},
  };
  return *shapes;
}

std::string TypeText(const FieldDescriptor& field) {
  std::string text = field.is_repeated() ? "*" : "";
  if (field.message_type() == nullptr) return text.append(field.type_name());
  return text.append(std::string(field.message_type()->full_name()));
}

// Pools may come from peers: a message of a known name that is not what it is elsewhere is one like others.
bool HasShape(const Descriptor& descriptor, const KnownShape& shape) {
  if (descriptor.field_count() != static_cast<int>(shape.fields.size())) return false;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* const field = descriptor.FindFieldByNumber(i + 1);
    if (field == nullptr || TypeText(*field) != shape.fields[static_cast<size_t>(i)]) return false;
    if (shape.known == KnownType::kStruct && !field->is_map()) return false;
  }
  return true;
}

KnownType KnownTypeOf(const Descriptor& descriptor) {
  if (descriptor.well_known_type() == Descriptor::WELLKNOWNTYPE_UNSPECIFIED) return KnownType::kNone;
  for (const KnownShape& shape : KnownShapes()) {
    if (descriptor.name() == shape.name) return HasShape(descriptor, shape) ? shape.known : KnownType::kNone;
  }
  return KnownType::kNone;
}

std::string EncodedTag(int number, int wire_type) {
  std::string tag;
  for (uint32_t rest = static_cast<uint32_t>(number) << 3 | static_cast<uint32_t>(wire_type); true; rest >>= 7) {
    tag.push_back(static_cast<char>(rest < 0x80 ? rest : (rest | 0x80) & 0xff));
    if (rest < 0x80) return tag;
  }
}

}  // namespace

NameTable::NameTable(const std::vector<std::pair<std::string_view, int32_t>>& names) {
  size_t size = 2;
  size_t bytes = 0;
  for (const auto& name : names) bytes += name.first.size();
  while (size < names.size() * 2) size *= 2;
  slots_.resize(size);
  text_.reserve(bytes);
  for (const auto& [name, value] : names) {
    if (Find(name) != nullptr) continue;
    size_t at = SlotOf(name);
    while (slots_[at].used) at = (at + 1) & (size - 1);
    // Within the capacity: what the other names point at stays where it is.
    const size_t start = text_.size();
    text_.insert(text_.end(), name.begin(), name.end());
    slots_[at] = {std::string_view(text_.data() + start, name.size()), value, true};
  }
}

const int32_t* NameTable::Find(std::string_view name) const {
  if (slots_.empty()) return nullptr;
  for (size_t at = SlotOf(name); slots_[at].used; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].name == name) return &slots_[at].value;
  }
  return nullptr;
}

// Names of one type differ at their beginning or their end.
size_t NameTable::SlotOf(std::string_view name) const {
  uint64_t head = 0;
  uint64_t tail = 0;
  const size_t count = std::min<size_t>(name.size(), 8);
  if (count > 0) {
    std::memcpy(&head, name.data(), count);
    std::memcpy(&tail, name.data() + name.size() - count, count);
  }
  const uint64_t mixed = (head * 0x9e3779b97f4a7c15u) ^ ((tail + name.size()) * 0xc2b2ae3d27d4eb4fu);
  return static_cast<size_t>((mixed ^ mixed >> 29) * 0x9e3779b97f4a7c15u >> 32) & (slots_.size() - 1);
}

const JsonField* JsonType::SearchNumber(uint32_t number) const {
  // Most types number their fields from 1 without gaps.
  if (number - 1 < fields.size() && fields[number - 1].number == number) return &fields[number - 1];
  const auto found = std::lower_bound(fields.begin(), fields.end(), number,
                                      [](const JsonField& field, uint32_t n) { return field.number < n; });
  return found == fields.end() || found->number != number ? nullptr : &*found;
}

const JsonType* JsonTypes::FindByUrl(const JsonType& root, std::string_view url) const {
  if (url.substr(0, kUrlPrefix.size()) != kUrlPrefix) return nullptr;
  const Descriptor* const descriptor =
      root.descriptor->file()->pool()->FindMessageTypeByName(std::string(url.substr(kUrlPrefix.size())));
  return descriptor == nullptr ? nullptr : &Get(*descriptor);
}

const JsonType& JsonTypes::Build(const Descriptor& descriptor) const {
  std::lock_guard<std::mutex> lock(mutex_);
  Pending pending;
  const JsonType* const result = Reach(descriptor, &pending);
  std::vector<const JsonType*> built;
  while (!pending.empty()) {
    JsonType* const type = pending.back();
    pending.pop_back();
    Fill(type, &pending);
    built.push_back(type);
  }
  // Only now: whoever finds one of them follows its pointers to the others.
  for (const JsonType* type : built) ready_.Insert(type->descriptor, type);
  return *result;
}

const JsonType* JsonTypes::Reach(const Descriptor& descriptor, Pending* pending) const {
  std::unique_ptr<JsonType>& type = types_[&descriptor];
  if (type == nullptr) {
    type = std::make_unique<JsonType>();
    type->descriptor = &descriptor;
    pending->push_back(type.get());
  }
  return type.get();
}

const JsonEnum* JsonTypes::Reach(const EnumDescriptor& descriptor) const {
  std::unique_ptr<JsonEnum>& kept = enums_[&descriptor];
  if (kept != nullptr) return kept.get();
  kept = std::make_unique<JsonEnum>();
  kept->descriptor = &descriptor;
  kept->is_null = descriptor.full_name() == "google.protobuf.NullValue";
  std::vector<std::pair<std::string_view, int32_t>> names;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    names.emplace_back(descriptor.value(i)->name(), descriptor.value(i)->number());
  }
  kept->names = NameTable(names);
  return kept.get();
}

void JsonTypes::Fill(JsonType* type, Pending* pending) const {
  const Descriptor& descriptor = *type->descriptor;
  type->known = KnownTypeOf(descriptor);
  type->oneofs = static_cast<size_t>(descriptor.real_oneof_decl_count());
  std::vector<const FieldDescriptor*> sorted;
  for (int i = 0; i < descriptor.field_count(); ++i) sorted.push_back(descriptor.field(i));
  std::sort(sorted.begin(), sorted.end(),
            [](const FieldDescriptor* a, const FieldDescriptor* b) { return a->number() < b->number(); });
  type->fields.reserve(sorted.size());
  std::vector<std::pair<std::string, int32_t>> names;
  for (const FieldDescriptor* field : sorted) {
    names.emplace_back(std::string(field->json_name()), static_cast<int32_t>(type->fields.size()));
    type->fields.push_back(MakeField(*field, pending));
  }
  for (size_t i = 0; i < sorted.size(); ++i) {
    names.emplace_back(std::string(sorted[i]->name()), static_cast<int32_t>(i));
  }
  type->names = NameTable(std::vector<std::pair<std::string_view, int32_t>>(names.begin(), names.end()));
}

JsonField JsonTypes::MakeField(const FieldDescriptor& descriptor, Pending* pending) const {
  JsonField field;
  field.type = descriptor.type();
  field.wire_type = static_cast<uint8_t>(
      WireFormatLite::WireTypeForFieldType(static_cast<WireFormatLite::FieldType>(descriptor.type())));
  field.repeated = descriptor.is_repeated();
  field.map = descriptor.is_map();
  field.packable = descriptor.is_packable();
  field.packed = descriptor.is_packed();
  field.number = static_cast<uint32_t>(descriptor.number());
  if (descriptor.real_containing_oneof() != nullptr) field.oneof = descriptor.real_containing_oneof()->index();
  field.tag = EncodedTag(descriptor.number(), field.packed ? int{kBytesWire} : int{field.wire_type});
  field.json_name = std::string(descriptor.json_name());
  AppendJsonString(preserve_field_names_ ? std::string(descriptor.name()) : field.json_name, &field.key);
  field.key.push_back(':');
  if (descriptor.message_type() != nullptr) {
    field.message = Reach(*descriptor.message_type(), pending);
    field.takes_null = !field.repeated && KnownTypeOf(*descriptor.message_type()) == KnownType::kValue;
  }
  if (descriptor.enum_type() != nullptr) {
    field.enumeration = Reach(*descriptor.enum_type());
    field.takes_null = !field.repeated && field.enumeration->is_null;
    field.closed_enum = IsClosedEnum(descriptor);
  }
  field.zero = ZeroOf(field);
  field.prints_default = field.repeated || !descriptor.has_presence();
  return field;
}

std::string JsonTypes::ZeroOf(const JsonField& field) const {
  if (field.repeated) return field.map ? "{}" : "[]";
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
      return "\"\"";
    case FieldDescriptor::TYPE_BOOL:
      return "false";
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return "\"0\"";
    case FieldDescriptor::TYPE_ENUM: {
      std::string zero;
      AppendJsonEnum(*field.enumeration, 0, enums_as_numbers_, &zero);
      return zero;
    }
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      return "";
    default:
      return "0";
  }
}

}  // namespace connectrpc::codec
