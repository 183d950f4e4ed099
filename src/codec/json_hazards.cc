#include "codec/json_hazards.h"

#include <google/protobuf/descriptor.h>

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "codec/json_scanner.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using HazardousFields = std::unordered_map<std::string, Hazards>;

constexpr std::string_view kTypeKey = "@type";

// Adds the fields of every message that some "@type" of the text names: any of them may lie in an Any.
void AddFieldsOfAnys(std::string_view json, const DescriptorPool& pool, MessageTypes* types, HazardousFields* fields) {
  std::unordered_set<const Descriptor*> seen;
  std::string key;
  std::string url;
  JsonScanner scanner(json);
  for (JsonToken token = scanner.Next(); token != JsonToken::kEnd; token = scanner.Next()) {
    if (token == JsonToken::kString) {
      UnescapeJsonString(scanner.text(), &url);
      if (key == kTypeKey) {
        const Descriptor* const type = FindAnyType(pool, url);
        if (type != nullptr && seen.insert(type).second) {
          const TypeFacts& facts = types->Get(*type);
          for (const auto& [name, hazards] : facts.fields) (*fields)[name] |= hazards;
          // Within an Any, a message with a JSON form of its own stands under "value".
          (*fields)["value"].field_mask |= facts.own.field_mask;
        }
      }
      key.swap(url);
    } else if (token != JsonToken::kColon) {
      key.clear();
    }
  }
}

// One pass over the text with the names of the fields in hand.
class HazardCheck {
 public:
  HazardCheck(const HazardousFields& fields, Hazards root, const DescriptorPool& pool, size_t max_any_values)
      : fields_(fields), pool_(pool), max_any_values_(max_any_values) {
    if (root.any) any_depth_ = 0;
    if (root.field_mask) mask_depth_ = 0;
  }

  [[nodiscard]] bool Run(std::string_view json, std::string* error) {
    JsonScanner scanner(json);
    for (JsonToken token = scanner.Next(); token != JsonToken::kEnd; token = scanner.Next()) {
      OnToken(token, scanner.text());
      if (has_mask_parenthesis_) {
        *error = "a FieldMask with parentheses";
        return false;
      }
      if (any_values_ + buffered_again_ > max_any_values_) {
        *error = "more than " + std::to_string(max_any_values_) + " values in google.protobuf.Any";
        return false;
      }
      if (!open_.empty() && open_.back().has_own_form && open_.back().members > 2) {
        *error = "a google.protobuf.Any with more than \"@type\" and \"value\"";
        return false;
      }
    }
    return true;
  }

 private:
  static constexpr size_t kNowhere = static_cast<size_t>(-1);

  // An object or list that we are in.
  struct Bracket {
    size_t any_values;  // when it was opened
    size_t members = 0;
    bool has_own_form = false;  // an Any of a type with a JSON form of its own
  };

  void OnToken(JsonToken token, std::string_view text) {
    switch (token) {
      case JsonToken::kOpen:
        if (any_depth_ != kNowhere) ++any_values_;
        open_.push_back({any_values_});
        break;
      case JsonToken::kClose:
        if (!open_.empty()) open_.pop_back();
        if (any_depth_ != kNowhere && open_.size() < any_depth_) any_depth_ = kNowhere;
        if (mask_depth_ != kNowhere && open_.size() < mask_depth_) mask_depth_ = kNowhere;
        break;
      case JsonToken::kComma:
        if (open_.size() == any_depth_) any_depth_ = kNowhere;
        if (open_.size() == mask_depth_) mask_depth_ = kNowhere;
        if (any_depth_ != kNowhere) ++any_values_;
        break;
      case JsonToken::kColon:
        OnKey();
        return;
      case JsonToken::kString:
        OnString(text);
        break;
      case JsonToken::kWord:
        last_text_ = text;
        break;
      case JsonToken::kEnd:
        break;
    }
    after_type_key_ = false;
  }

  void OnKey() {
    if (open_.empty()) return;
    UnescapeJsonString(last_text_, &scratch_);
    after_type_key_ = any_depth_ != kNowhere && scratch_ == kTypeKey;
    if (any_depth_ != kNowhere) ++open_.back().members;
    if (after_type_key_) {
      buffered_again_ += any_values_ - open_.back().any_values;
      return;
    }
    const auto field = fields_.find(scratch_);
    if (field == fields_.end()) return;
    if (field->second.any && any_depth_ == kNowhere) any_depth_ = open_.size();
    if (field->second.field_mask && mask_depth_ == kNowhere) mask_depth_ = open_.size();
  }

  void OnString(std::string_view text) {
    last_text_ = text;
    if (after_type_key_ && !open_.empty()) {
      UnescapeJsonString(text, &scratch_);
      const Descriptor* const type = FindAnyType(pool_, scratch_);
      open_.back().has_own_form |= type != nullptr && type->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
    }
    if (mask_depth_ != kNowhere) {
      UnescapeJsonString(text, &scratch_);
      has_mask_parenthesis_ |= scratch_.find('(') != std::string::npos;
    }
  }

  const HazardousFields& fields_;
  const DescriptorPool& pool_;
  const size_t max_any_values_;
  std::vector<Bracket> open_;
  size_t any_depth_ = kNowhere;   // of the object whose field holds the outermost Any that we are in
  size_t mask_depth_ = kNowhere;  // the same for a FieldMask
  size_t any_values_ = 0;
  size_t buffered_again_ = 0;
  bool has_mask_parenthesis_ = false;
  bool after_type_key_ = false;
  std::string_view last_text_;
  std::string scratch_;
};

}  // namespace

bool CheckJsonHazards(const Descriptor& type, std::string_view json, size_t max_any_values, MessageTypes* types,
                      std::string* error) {
  const TypeFacts& facts = types->Get(type);
  if (!facts.within.any && !facts.within.field_mask) return true;
  const DescriptorPool& pool = *type.file()->pool();
  if (!facts.within.any) return HazardCheck(facts.fields, facts.own, pool, max_any_values).Run(json, error);
  HazardousFields fields = facts.fields;
  AddFieldsOfAnys(json, pool, types, &fields);
  return HazardCheck(fields, facts.own, pool, max_any_values).Run(json, error);
}

}  // namespace connectrpc::codec
