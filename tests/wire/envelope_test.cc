#include "wire/envelope.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/several_ways.h"
#include "wire/allocations.h"

namespace connectrpc::wire {
namespace {

struct Message {
  int flags;
  std::string payload;

  bool operator==(const Message& other) const { return flags == other.flags && payload == other.payload; }
};

std::string Encode(const std::vector<Message>& messages) {
  std::string bytes;
  for (const Message& message : messages) {
    AppendEnvelopeHeader({static_cast<uint8_t>(message.flags), static_cast<uint32_t>(message.payload.size())}, &bytes);
    bytes.append(message.payload);
  }
  return bytes;
}

// Whole messages out of pieces, as a caller reads them.
struct Decoded {
  std::vector<Message> messages;
  bool inside = false;
};

Decoded Decode(const std::vector<std::string_view>& pieces) {
  Decoded decoded;
  EnvelopeReader reader;
  EnvelopeHeader header;
  bool in_payload = false;
  for (std::string_view input : pieces) {
    while (true) {
      if (!in_payload) {
        if (reader.ReadHeader(&input, &header) != DecodeStatus::kDone) break;
        EXPECT_TRUE(reader.InsideEnvelope());
        in_payload = true;
      }
      Payload payload;
      if (reader.ReadPayload(&input, &payload) != DecodeStatus::kDone) break;
      EXPECT_FALSE(reader.InsideEnvelope());
      EXPECT_EQ(payload.size(), header.size);
      decoded.messages.push_back({header.flags, std::string(payload.view())});
      in_payload = false;
    }
    EXPECT_TRUE(input.empty()) << "kNeedMore leaves nothing";
  }
  decoded.inside = reader.InsideEnvelope();
  return decoded;
}

TEST(EnvelopeHeader, IsFlagsAndBigEndianLength) {
  std::string bytes = "x";
  AppendEnvelopeHeader({0x81, 0x01020304}, &bytes);
  EXPECT_EQ(bytes, "x\x81\x01\x02\x03\x04");
  bytes.clear();
  AppendEnvelopeHeader({0, 0xfffefdfc}, &bytes);
  EXPECT_EQ(bytes, std::string("\0\xff\xfe\xfd\xfc", 5));
  char header[kEnvelopeHeaderSize];
  WriteEnvelopeHeader({0x81, 0x01020304}, header);
  EXPECT_EQ(std::string(header, sizeof(header)), "\x81\x01\x02\x03\x04");
}

TEST(EnvelopeReader, GivesTheSameMessagesHoweverInputIsCut) {
  struct Case {
    const char* name;
    std::vector<Message> messages;
  };
  const Case cases[] = {
      {"none", {}},
      {"one", {{0, "hello"}}},
      {"empty message", {{0, ""}}},
      {"empty messages only", {{0, ""}, {1, ""}, {2, ""}}},
      {"every flag bit", {{0xff, "a"}, {0x80, "b"}}},
      {"several", {{0, "one"}, {1, ""}, {3, std::string(300, 'x')}, {2, "{}"}}},
      {"payload that looks like a header", {{0, std::string("\0\0\0\0\1", 5)}, {0, "z"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    test::ForEachSplit(Encode(c.messages), [&](const std::vector<std::string_view>& pieces) {
      const Decoded decoded = Decode(pieces);
      EXPECT_TRUE(decoded.messages == c.messages);
      EXPECT_FALSE(decoded.inside);
    });
  }
}

TEST(EnvelopeReader, KnowsTruncation) {
  const std::string bytes = Encode({{0, "first"}, {1, "second"}});
  const size_t boundary = kEnvelopeHeaderSize + 5;
  for (size_t length = 0; length <= bytes.size(); ++length) {
    SCOPED_TRACE(length);
    test::ForEachSplit(std::string_view(bytes).substr(0, length), [&](const std::vector<std::string_view>& pieces) {
      EXPECT_EQ(Decode(pieces).inside, length != 0 && length != boundary && length != bytes.size());
    });
  }
}

TEST(EnvelopeReader, GathersWhatExceedsTheFirstReservation) {
  const std::vector<Message> messages = {{0, std::string(300 * 1024, 'a')}, {1, std::string(70 * 1024, 'b')}};
  test::ForEachSplit(Encode(messages), [&](const std::vector<std::string_view>& pieces) {
    EXPECT_TRUE(Decode(pieces).messages == messages);
  });
}

TEST(EnvelopeReader, BorrowsAPayloadThatLiesWhole) {
  const std::string bytes = Encode({{0, "hello"}});
  std::string_view input = bytes;
  EnvelopeReader reader;
  EnvelopeHeader header;
  Payload payload;
  ASSERT_EQ(reader.ReadHeader(&input, &header), DecodeStatus::kDone);
  ASSERT_EQ(reader.ReadPayload(&input, &payload), DecodeStatus::kDone);
  EXPECT_FALSE(payload.owned());
  EXPECT_EQ(payload.view().data(), bytes.data() + kEnvelopeHeaderSize);
}

TEST(EnvelopeReader, OwnsAGatheredPayload) {
  const std::string bytes = Encode({{0, "hello"}});
  EnvelopeReader reader;
  EnvelopeHeader header;
  Payload payload;
  std::string_view first = std::string_view(bytes).substr(0, 7);
  std::string_view second = std::string_view(bytes).substr(7);
  ASSERT_EQ(reader.ReadHeader(&first, &header), DecodeStatus::kDone);
  ASSERT_EQ(reader.ReadPayload(&first, &payload), DecodeStatus::kNeedMore);
  ASSERT_EQ(reader.ReadPayload(&second, &payload), DecodeStatus::kDone);
  EXPECT_TRUE(payload.owned());
  EXPECT_EQ(payload.view(), "hello");
}

TEST(EnvelopeReader, LeavesWhatFollows) {
  const std::string bytes = Encode({{0, "a"}}) + "rest";
  std::string_view input = bytes;
  EnvelopeReader reader;
  EnvelopeHeader header;
  Payload payload;
  ASSERT_EQ(reader.ReadHeader(&input, &header), DecodeStatus::kDone);
  EXPECT_EQ(input, "arest");
  ASSERT_EQ(reader.ReadPayload(&input, &payload), DecodeStatus::kDone);
  EXPECT_EQ(input, "rest");
}

TEST(EnvelopeReader, AllocatesNoMoreThan64KiBForAnAnnouncedLength) {
  std::string_view input("\0\xff\xff\xff\xff", 5);
  EnvelopeReader reader;
  EnvelopeHeader header;
  ASSERT_EQ(reader.ReadHeader(&input, &header), DecodeStatus::kDone);
  EXPECT_EQ(header.size, 0xffffffffu);
  Payload payload;
  input = "x";
  const test::Allocations allocations;
  EXPECT_EQ(reader.ReadPayload(&input, &payload), DecodeStatus::kNeedMore);
  EXPECT_LE(allocations.largest(), 64u * 1024 + 1);
  EXPECT_TRUE(reader.InsideEnvelope());
  EXPECT_TRUE(payload.empty());
}

TEST(EnvelopeReader, ResetForgetsWhatHasBegun) {
  struct Case {
    const char* name;
    size_t length;
  };
  for (const Case& c : {Case{"inside a header", 3}, Case{"after a header", 5}, Case{"inside a payload", 7}}) {
    SCOPED_TRACE(c.name);
    const std::string bytes = Encode({{1, "hello"}});
    EnvelopeReader reader;
    EnvelopeHeader header;
    Payload payload;
    std::string_view begun = std::string_view(bytes).substr(0, c.length);
    if (reader.ReadHeader(&begun, &header) == DecodeStatus::kDone) {
      ASSERT_EQ(reader.ReadPayload(&begun, &payload), DecodeStatus::kNeedMore);
    }
    reader.Reset();
    EXPECT_FALSE(reader.InsideEnvelope());
    std::string_view input = bytes;
    ASSERT_EQ(reader.ReadHeader(&input, &header), DecodeStatus::kDone);
    ASSERT_EQ(reader.ReadPayload(&input, &payload), DecodeStatus::kDone);
    EXPECT_EQ(payload.view(), "hello");
  }
}

}  // namespace
}  // namespace connectrpc::wire
