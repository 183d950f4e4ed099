#include "codec/codec.h"

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <string>

namespace connectrpc::codec {
namespace {

TEST(ProtoCodecTest, LeavesBytesAlone) {
  const auto codec = NewProtoCodec();
  EXPECT_EQ(codec->name(), "proto");
  EXPECT_TRUE(codec->is_binary());

  const std::string bytes("\x00\xff any bytes", 12);
  std::string out = "from before";
  std::string error;
  EXPECT_TRUE(codec->ToBinary(*google::protobuf::Empty::descriptor(), bytes, &out, &error));
  EXPECT_EQ(out, bytes);
  out = "from before";
  EXPECT_TRUE(codec->FromBinary(*google::protobuf::Empty::descriptor(), bytes, &out, &error));
  EXPECT_EQ(out, bytes);
  EXPECT_EQ(error, "");
}

TEST(CodecRegistryTest, FindsByName) {
  CodecRegistry registry;
  EXPECT_EQ(registry.Find("proto"), nullptr);
  registry.Add(NewProtoCodec());
  registry.Add(NewJsonCodec({}));
  ASSERT_NE(registry.Find("proto"), nullptr);
  EXPECT_EQ(registry.Find("proto")->name(), "proto");
  ASSERT_NE(registry.Find("json"), nullptr);
  EXPECT_EQ(registry.Find("json")->name(), "json");
  for (std::string_view unknown : {"", "JSON", "jso", "json2", "xml"}) {
    EXPECT_EQ(registry.Find(unknown), nullptr) << unknown;
  }
}

TEST(CodecRegistryTest, ReplacesAnEntryOfTheSameName) {
  CodecRegistry registry;
  registry.Add(NewJsonCodec({}));
  registry.Add(NewProtoCodec());
  auto replacement = NewJsonCodec({});
  const Codec* const json = replacement.get();
  registry.Add(std::move(replacement));
  EXPECT_EQ(registry.Find("json"), json);
  ASSERT_EQ(registry.codecs().size(), 2u);
  EXPECT_EQ(registry.codecs()[0].get(), json);
  EXPECT_EQ(registry.codecs()[1]->name(), "proto");
}

}  // namespace
}  // namespace connectrpc::codec
