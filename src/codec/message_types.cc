#include "codec/message_types.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "codec/protobuf_version.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::TypeResolver;

constexpr std::string_view kUrlHost = "type.googleapis.com";

// protobuf's resolver builds a google.protobuf.Type from the descriptor each time it is asked, that is several times in
// every conversion. This one keeps what was built. Only URLs that resolved are kept, so that the URLs of a peer's Any
// cannot make it grow beyond the types of the pool.
class CachingTypeResolver final : public TypeResolver {
 public:
  explicit CachingTypeResolver(const DescriptorPool* pool)
      : resolver_(google::protobuf::util::NewTypeResolverForDescriptorPool(std::string(kUrlHost), pool)) {}

  ProtobufStatus ResolveMessageType(const std::string& type_url, google::protobuf::Type* type) override {
    if (const google::protobuf::Type* kept = types_.Find(type_url)) {
      type->CopyFrom(*kept);
      return ProtobufStatus();
    }
    ProtobufStatus status = resolver_->ResolveMessageType(type_url, type);
    if (status.ok()) {
      // Not read by the conversions, but copied with every Type, and with custom options they can be large.
      type->clear_source_context();
      for (google::protobuf::Field& field : *type->mutable_fields()) field.clear_options();
      types_.Insert(type_url, *type);
    }
    return status;
  }

  ProtobufStatus ResolveEnumType(const std::string& type_url, google::protobuf::Enum* type) override {
    if (const google::protobuf::Enum* kept = enums_.Find(type_url)) {
      type->CopyFrom(*kept);
      return ProtobufStatus();
    }
    ProtobufStatus status = resolver_->ResolveEnumType(type_url, type);
    if (status.ok()) enums_.Insert(type_url, *type);
    return status;
  }

 private:
  std::unique_ptr<TypeResolver> resolver_;
  AppendOnlyMap<std::string, google::protobuf::Type> types_;
  AppendOnlyMap<std::string, google::protobuf::Enum> enums_;
};

Hazards HazardsOf(const Descriptor& type) {
  Hazards hazards;
  hazards.any = type.well_known_type() == Descriptor::WELLKNOWNTYPE_ANY;
  hazards.field_mask = type.well_known_type() == Descriptor::WELLKNOWNTYPE_FIELDMASK;
  return hazards;
}

// The message that the values of a field are; of a map, those beside the keys. Null where they are no messages.
const Descriptor* ValueType(const FieldDescriptor& field) {
  return field.is_map() ? field.message_type()->map_value()->message_type() : field.message_type();
}

std::unordered_map<std::string, Hazards> FindHazardousFields(const Descriptor& root) {
  std::unordered_map<std::string, Hazards> fields;
  std::unordered_set<const Descriptor*> seen = {&root};
  std::vector<const Descriptor*> left = {&root};
  while (!left.empty()) {
    const Descriptor* const type = left.back();
    left.pop_back();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      const Descriptor* const value = ValueType(field);
      if (value == nullptr) continue;
      if (seen.insert(value).second) left.push_back(value);
      const Hazards hazards = HazardsOf(*value);
      if (!hazards.any && !hazards.field_mask) continue;
      for (const std::string& name :
           {std::string(field.name()), std::string(field.json_name()), std::string(field.camelcase_name())}) {
        fields[name] |= hazards;
      }
    }
  }
  return fields;
}

}  // namespace

MessageTypes::MessageTypes() = default;
MessageTypes::~MessageTypes() = default;

TypeResolver* MessageTypes::ResolverOf(const DescriptorPool* pool) {
  if (const auto* resolver = resolvers_.Find(pool)) return resolver->get();
  return resolvers_.Insert(pool, std::make_unique<CachingTypeResolver>(pool)).get();
}

const TypeFacts& MessageTypes::Get(const Descriptor& type) {
  if (const TypeFacts* facts = facts_.Find(&type)) return *facts;
  TypeFacts facts;
  facts.url.append(kUrlHost).append("/").append(std::string(type.full_name()));
  facts.resolver = ResolverOf(type.file()->pool());
  facts.own = HazardsOf(type);
  facts.fields = FindHazardousFields(type);
  facts.within = facts.own;
  for (const auto& [name, hazards] : facts.fields) facts.within |= hazards;
  return facts_.Insert(&type, std::move(facts));
}

const Descriptor* FindAnyType(const DescriptorPool& pool, const std::string& type_url) {
  const bool known_host = type_url.compare(0, kUrlHost.size(), kUrlHost) == 0 && type_url.size() > kUrlHost.size() &&
                          type_url[kUrlHost.size()] == '/';
  return known_host ? pool.FindMessageTypeByName(type_url.substr(kUrlHost.size() + 1)) : nullptr;
}

}  // namespace connectrpc::codec
