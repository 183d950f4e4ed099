#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <climits>
#include <cstddef>

#include "codec/codec.h"
#include "codec/json_decode.h"
#include "codec/json_encode.h"
#include "codec/json_types.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Descriptor;

// One allocation for messages up to that size, as far as can be guessed. Larger ones grow as any string does.
constexpr size_t kMaxReserved = 4096;
constexpr size_t kBrackets = 32;

class JsonCodec final : public Codec {
 public:
  explicit JsonCodec(const JsonOptions& options)
      : options_(options), types_(options.preserve_field_names, options.enums_as_numbers) {}

  std::string_view name() const override { return "json"; }
  bool is_binary() const override { return false; }

  bool ToBinary(const Descriptor& type, std::string_view encoded, std::string* binary,
                std::string* error) const override {
    binary->clear();
    if (encoded.size() > INT_MAX) {
      *error = "JSON of 2 GiB or more";
      return false;
    }
    binary->reserve(std::min(encoded.size(), kMaxReserved));
    if (DecodeJson(types_, types_.Get(type), encoded, options_.max_depth, binary, error)) return true;
    binary->clear();
    return false;
  }

  bool FromBinary(const Descriptor& type, std::string_view binary, std::string* encoded,
                  std::string* error) const override {
    encoded->clear();
    if (binary.size() > INT_MAX) {
      *error = "message of 2 GiB or more";
      return false;
    }
    encoded->reserve(std::min(binary.size() + binary.size() / 4 + kBrackets, kMaxReserved));
    if (EncodeJson(types_, types_.Get(type), binary, options_, encoded, error)) return true;
    encoded->clear();
    return false;
  }

 private:
  const JsonOptions options_;
  const JsonTypes types_;
};

}  // namespace

std::unique_ptr<Codec> NewJsonCodec(const JsonOptions& options) {
  return std::make_unique<JsonCodec>(options);
}

}  // namespace connectrpc::codec
