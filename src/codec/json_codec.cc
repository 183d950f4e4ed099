#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include <climits>
#include <exception>

#include "codec/binary_check.h"
#include "codec/codec.h"
#include "codec/json_depth.h"
#include "codec/json_hazards.h"
#include "codec/message_types.h"
#include "codec/protobuf_version.h"
#include "wire/metadata.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Descriptor;

// protobuf's errors repeat the input below the first line, with a caret under the culprit, and quote it within.
std::string OneLine(const ProtobufStatus& status) {
  const std::string message = MessageOf(status);
  return wire::Quoted(std::string_view(message).substr(0, message.find('\n')));
}

// Runs a conversion of protobuf's. A failed check inside protobuf 3.21 throws, and what fails them is the peer's input:
// CheckJsonHazards keeps out what is known to.
template <class F>
[[nodiscard]] bool Convert(std::string* error, F&& conversion) {
  try {
    const ProtobufStatus status = conversion();
    if (status.ok()) return true;
    *error = OneLine(status);
  } catch (const std::exception&) {
    *error = "protobuf failed on this message";
  }
  return false;
}

class JsonCodec final : public Codec {
 public:
  explicit JsonCodec(const JsonOptions& options)
      : max_depth_(options.max_depth), max_any_values_(options.max_any_values) {
    parse_options_.ignore_unknown_fields = true;
    SetPrintDefaultValues(options.print_default_values, &print_options_);
    print_options_.preserve_proto_field_names = options.preserve_field_names;
    print_options_.always_print_enums_as_ints = options.enums_as_numbers;
  }

  std::string_view name() const override { return "json"; }
  bool is_binary() const override { return false; }

  bool ToBinary(const Descriptor& type, std::string_view encoded, std::string* binary,
                std::string* error) const override {
    binary->clear();
    if (encoded.size() > INT_MAX) {
      *error = "JSON of 2 GiB or more";
      return false;
    }
    if (!JsonDepthWithin(encoded, max_depth_)) {
      *error = "JSON nested deeper than " + std::to_string(max_depth_);
      return false;
    }
    if (!CheckJsonHazards(type, encoded, max_any_values_, &types_, error)) return false;
    const TypeFacts& facts = types_.Get(type);
    const bool ok = Convert(error, [&] {
      return google::protobuf::util::JsonToBinaryString(facts.resolver, facts.url, ToProtobuf(encoded), binary,
                                                        parse_options_);
    });
    if (!ok) binary->clear();
    return ok;
  }

  bool FromBinary(const Descriptor& type, std::string_view binary, std::string* encoded,
                  std::string* error) const override {
    encoded->clear();
    if (!CheckBinary(type, binary, error)) return false;
    const TypeFacts& facts = types_.Get(type);
    const bool ok = Convert(error, [&] {
      // Not BinaryToJsonString: it would take a copy of the message. The output is whole when its stream is gone.
      google::protobuf::io::ArrayInputStream input(binary.data(), static_cast<int>(binary.size()));
      google::protobuf::io::StringOutputStream output(encoded);
      return google::protobuf::util::BinaryToJsonStream(facts.resolver, facts.url, &input, &output, print_options_);
    });
    if (!ok) encoded->clear();
    return ok;
  }

 private:
  const int max_depth_;
  const size_t max_any_values_;
  google::protobuf::util::JsonParseOptions parse_options_;
  google::protobuf::util::JsonPrintOptions print_options_;
  mutable MessageTypes types_;  // thread-safe: a cache
};

}  // namespace

std::unique_ptr<Codec> NewJsonCodec(const JsonOptions& options) {
  return std::make_unique<JsonCodec>(options);
}

}  // namespace connectrpc::codec
