#ifndef CONNECTRPC_SRC_CODEC_MESSAGE_TYPES_H_
#define CONNECTRPC_SRC_CODEC_MESSAGE_TYPES_H_

#include <memory>
#include <string>
#include <unordered_map>

#include "codec/append_only_map.h"

namespace google::protobuf {
class Descriptor;
class DescriptorPool;
namespace util {
class TypeResolver;
}
}  // namespace google::protobuf

namespace connectrpc::codec {

// Which types whose conversion from JSON protobuf does not bound (json_hazards.h) a field may have.
struct Hazards {
  Hazards& operator|=(const Hazards& other) {
    any |= other.any;
    field_mask |= other.field_mask;
    return *this;
  }

  bool any = false;
  bool field_mask = false;
};

struct TypeFacts {
  std::string url;  // "type.googleapis.com/" and the full name
  google::protobuf::util::TypeResolver* resolver = nullptr;
  Hazards own;     // whether the message itself is an Any or a FieldMask
  Hazards within;  // whether it, or a message within it, is one
  // The fields of these types, of this message or of one within it, by every name that JSON may spell them with.
  std::unordered_map<std::string, Hazards> fields;
};

// What the JSON codec needs to know of message types, worked out once for each. A descriptor pool, once seen, must
// outlive this object. Safe to use from any thread.
class MessageTypes {
 public:
  MessageTypes();
  ~MessageTypes();

  // Valid as long as this object.
  const TypeFacts& Get(const google::protobuf::Descriptor& type);

 private:
  google::protobuf::util::TypeResolver* ResolverOf(const google::protobuf::DescriptorPool* pool);

  AppendOnlyMap<const google::protobuf::DescriptorPool*, std::unique_ptr<google::protobuf::util::TypeResolver>>
      resolvers_;
  AppendOnlyMap<const google::protobuf::Descriptor*, TypeFacts> facts_;
};

// The type that an Any's URL names, or null. Only "type.googleapis.com/" is known, as in protobuf's own JSON.
const google::protobuf::Descriptor* FindAnyType(const google::protobuf::DescriptorPool& pool,
                                                const std::string& type_url);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_MESSAGE_TYPES_H_
