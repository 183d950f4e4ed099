#include "wire/base64_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/several_ways.h"
#include "wire/base64.h"

namespace connectrpc::wire {
namespace {

std::string BytesOf(const OutputQueue& queue) {
  std::string_view pieces[1024];
  std::string bytes;
  const size_t count = queue.Peek(pieces, 1024);
  for (size_t i = 0; i < count; ++i) bytes += pieces[i];
  EXPECT_EQ(bytes.size(), queue.size());
  return bytes;
}

std::string RandomBytes(size_t size) {
  std::mt19937 random(static_cast<uint32_t>(size));
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

enum class Outcome { kComplete, kIncomplete, kRefused };

struct Decoded {
  std::string bytes;
  Outcome outcome;
};

Decoded DecodePieces(const std::vector<std::string_view>& pieces) {
  StreamingBase64Decoder decoder;
  Decoded decoded;
  bool good = true;
  for (std::string_view piece : pieces) {
    const bool was_good = good;
    good = decoder.Decode(piece, &decoded.bytes);
    if (!was_good) {
      EXPECT_FALSE(good);
    }
  }
  EXPECT_TRUE(good || !decoder.complete());
  decoded.outcome = !good ? Outcome::kRefused : decoder.complete() ? Outcome::kComplete : Outcome::kIncomplete;
  return decoded;
}

TEST(StreamingBase64Decoder, DecodesHoweverItIsCut) {
  const struct {
    const char* name;
    std::string text;
    std::string bytes;
    Outcome outcome;
  } cases[] = {
      {"empty", "", "", Outcome::kComplete},
      {"one group", "Zm9v", "foo", Outcome::kComplete},
      {"several groups", "Zm9vYmFyYmF6", "foobarbaz", Outcome::kComplete},
      {"padded", "Zg==", "f", Outcome::kComplete},
      {"padded in the middle", "Zg==Zm8=Zm9v", "ffofoo", Outcome::kComplete},
      {"padded after every byte", "Zg==bw==bw==", "foo", Outcome::kComplete},
      {"last two digits unpadded", "Zm9vZg", "foof", Outcome::kComplete},
      {"last three digits unpadded", "Zm9vZm8", "foofo", Outcome::kComplete},
      {"both alphabets", "-_+/", "\xfb\xff\xbf", Outcome::kComplete},
      {"ignored bits in the last digit", "Zh==Zm9=", "ffo", Outcome::kComplete},
      {"lone digit at the end", "Zm9vZ", "foo", Outcome::kIncomplete},
      {"lone digit after padding", "Zg==Z", "f", Outcome::kIncomplete},
      {"half of the padding", "Zg=", "f", Outcome::kIncomplete},
      {"digit in place of padding", "Zg=v", "f", Outcome::kRefused},
      {"padding at the start", "=", "", Outcome::kRefused},
      {"padding after a full group", "Zm9v=", "foo", Outcome::kRefused},
      {"padding after one digit", "Z=", "", Outcome::kRefused},
      {"too much padding", "Zg===", "f", Outcome::kRefused},
      {"too much padding after three digits", "Zm8==", "fo", Outcome::kRefused},
      {"space", "Zm9v Zm9v", "foo", Outcome::kRefused},
      {"line end", "Zm9v\r\n", "foo", Outcome::kRefused},
      {"line end inside a group", "Zm\nbv", "f", Outcome::kRefused},
      {"foreign character, with bytes before it", "Zm9vZm8*Zm9v", "foofo", Outcome::kRefused},
      {"NUL", std::string("Zm\0v", 4), "f", Outcome::kRefused},
      {"high byte", "\xff", "", Outcome::kRefused},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    test::ForEachSplit(test.text, [&](const std::vector<std::string_view>& pieces) {
      const Decoded decoded = DecodePieces(pieces);
      EXPECT_EQ(decoded.bytes, test.bytes);
      EXPECT_EQ(decoded.outcome, test.outcome);
    });
  }
}

TEST(StreamingBase64Decoder, EveryCharacterInEveryPlace) {
  for (size_t place = 0; place < 4; ++place) {
    for (int c = 0; c < 256; ++c) {
      SCOPED_TRACE(place);
      SCOPED_TRACE(c);
      std::string text = "Zm9vZm9vZm9v";
      text[4 + place] = static_cast<char>(c);
      std::string expected;
      const bool is_base64 = DecodeBase64(text, &expected);
      // '=' in the last place ends a text here.
      const bool good = is_base64 || (c == '=' && place == 3);
      EXPECT_EQ(DecodePieces({text}).outcome, good ? Outcome::kComplete : Outcome::kRefused);
      if (is_base64) {
        EXPECT_EQ(DecodePieces({text}).bytes, expected);
      }
    }
  }
}

TEST(StreamingBase64Decoder, AppendsAndBeginsAnewAfterReset) {
  StreamingBase64Decoder decoder;
  std::string out = "before ";
  EXPECT_TRUE(decoder.Decode("Zm9vZ", &out));
  EXPECT_EQ(out, "before foo");
  EXPECT_FALSE(decoder.Decode("*", &out));
  EXPECT_FALSE(decoder.Decode("Zm9v", &out));
  EXPECT_EQ(out, "before foo");
  decoder.Reset();
  EXPECT_TRUE(decoder.complete());
  EXPECT_TRUE(decoder.Decode("YmFy", &out));
  EXPECT_EQ(out, "before foobar");
}

TEST(Base64Writer, WritesPaddedTextsOneAfterTheOther) {
  const struct {
    const char* name;
    std::vector<std::vector<std::string>> texts;
    const char* expected;
  } cases[] = {
      {"nothing", {{}}, ""},
      {"empty pieces", {{"", ""}, {""}}, ""},
      {"one byte", {{"f"}}, "Zg=="},
      {"two bytes", {{"fo"}}, "Zm8="},
      {"three bytes", {{"foo"}}, "Zm9v"},
      {"byte by byte", {{"f", "o", "o", "b"}}, "Zm9vYg=="},
      {"one byte, then many", {{"f", "oobarb"}}, "Zm9vYmFyYg=="},
      {"two bytes, then none, then one", {{"fo", "", "o"}}, "Zm9v"},
      {"several texts", {{"f"}, {"fo"}, {"foo"}}, "Zg==Zm8=Zm9v"},
      {"last digits", {{"\xfb\xff"}}, "+/8="},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    OutputQueue queue;
    Base64Writer writer(&queue);
    for (const auto& text : test.texts) {
      for (const std::string& piece : text) writer.Write(piece);
      writer.Finish();
    }
    EXPECT_EQ(BytesOf(queue), test.expected);
  }
}

// Around the sizes at which the writer cuts what it is given.
TEST(Base64Writer, RoundTripsEverySize) {
  std::vector<size_t> sizes = {3 * 1024 - 1, 3 * 1024, 3 * 1024 + 1, 6 * 1024 + 2, 100'000};
  for (size_t size = 0; size < 20; ++size) sizes.push_back(size);
  for (size_t size : sizes) {
    for (size_t head = 0; head <= std::min<size_t>(size, 5); ++head) {
      SCOPED_TRACE(size);
      SCOPED_TRACE(head);
      const std::string bytes = RandomBytes(size);
      OutputQueue queue;
      Base64Writer writer(&queue);
      writer.Write(std::string_view(bytes).substr(0, head));
      writer.Write(std::string_view(bytes).substr(head));
      writer.Finish();
      const std::string text = BytesOf(queue);
      std::string expected = EncodeBase64(bytes);
      expected.append((4 - expected.size() % 4) % 4, '=');
      EXPECT_EQ(text, expected);
      const Decoded decoded = DecodePieces({text});
      EXPECT_EQ(decoded.bytes, bytes);
      EXPECT_EQ(decoded.outcome, Outcome::kComplete);
    }
  }
}

}  // namespace
}  // namespace connectrpc::wire
