#include "codec/codec.h"

#include <algorithm>
#include <utility>

namespace connectrpc::codec {
namespace {

class ProtoCodec final : public Codec {
 public:
  std::string_view name() const override { return "proto"; }
  bool is_binary() const override { return true; }

  bool ToBinary(const google::protobuf::Descriptor&, std::string_view encoded, std::string* binary,
                std::string*) const override {
    binary->assign(encoded);
    return true;
  }

  bool FromBinary(const google::protobuf::Descriptor&, std::string_view binary, std::string* encoded,
                  std::string*) const override {
    encoded->assign(binary);
    return true;
  }
};

}  // namespace

std::unique_ptr<Codec> NewProtoCodec() {
  return std::make_unique<ProtoCodec>();
}

void CodecRegistry::Add(std::unique_ptr<Codec> codec) {
  const auto same =
      std::find_if(codecs_.begin(), codecs_.end(), [&](const auto& other) { return other->name() == codec->name(); });
  if (same != codecs_.end()) {
    *same = std::move(codec);
  } else {
    codecs_.push_back(std::move(codec));
  }
}

const Codec* CodecRegistry::Find(std::string_view name) const {
  for (const auto& codec : codecs_) {
    if (codec->name() == name) return codec.get();
  }
  return nullptr;
}

}  // namespace connectrpc::codec
