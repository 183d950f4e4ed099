#ifndef CONNECTRPC_SRC_CODEC_CODEC_H_
#define CONNECTRPC_SRC_CODEC_CODEC_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/json_format.h"

namespace google::protobuf {
class Descriptor;
}

namespace connectrpc::codec {

// A message encoding that a caller may choose: "proto", "json". Safe to use from any thread.
class Codec {
 public:
  virtual ~Codec() = default;

  // The name in content types, such as "json" in "application/connect+json".
  virtual std::string_view name() const = 0;

  // Whether the encoding is protobuf's own, so that a message's bytes can be passed on untouched; the two functions
  // below are then never needed.
  virtual bool is_binary() const = 0;

  // Turns a message of that type into protobuf's wire format. False, with a reason in `*error` of one short line that
  // quotes no control characters, for what is not a message of the type.
  [[nodiscard]] virtual bool ToBinary(const google::protobuf::Descriptor& type, std::string_view encoded,
                                      std::string* binary, std::string* error) const = 0;

  // The inverse. False for bytes that are no message of the type, and for an Any whose type the program does not link.
  [[nodiscard]] virtual bool FromBinary(const google::protobuf::Descriptor& type, std::string_view binary,
                                        std::string* encoded, std::string* error) const = 0;
};

// "proto": the bytes as they are.
std::unique_ptr<Codec> NewProtoCodec();

struct JsonOptions : JsonFormat {
  int max_depth = 100;  // nesting of brackets of every kind, in what is read
};

// "json": protobuf's JSON mapping. Unknown fields, names of enums that are not known, and extensions are ignored. Takes
// some texts beyond JSON that protobuf takes (json_reader.h). Both directions cost time and memory in proportion to
// their input. Types come from the pool of the descriptors passed in, which must outlive the codec: what is worked out
// for a type is kept.
std::unique_ptr<Codec> NewJsonCodec(const JsonOptions& options);

// The codecs of a server or client. Fixed once calls run.
class CodecRegistry {
 public:
  // Replaces an entry of the same name.
  void Add(std::unique_ptr<Codec> codec);
  // Null for unknown names.
  const Codec* Find(std::string_view name) const;
  const std::vector<std::unique_ptr<Codec>>& codecs() const { return codecs_; }

 private:
  std::vector<std::unique_ptr<Codec>> codecs_;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_CODEC_H_
