#include "http/h1_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/several_ways.h"

namespace connectrpc::http {
namespace {

using test::ForEachSplit;

// Scans pieces one after the other; `*rest` is what was not taken of all of them.
template <class Scan>
ScanStatus ScanAll(const std::vector<std::string_view>& pieces, std::string* rest, Scan scan) {
  ScanStatus status = ScanStatus::kNeedMore;
  for (std::string_view piece : pieces) {
    if (status == ScanStatus::kNeedMore) {
      status = scan(&piece);
      EXPECT_TRUE(status != ScanStatus::kNeedMore || piece.empty());
    }
    *rest += piece;
  }
  return status;
}

struct Case {
  const char* name;
  std::string input;
  ScanStatus status;
  const char* rest = "";  // where the status is kDone
};

template <class NewScanner>
void ScanSeveralWays(const Case& c, NewScanner new_scanner) {
  SCOPED_TRACE(c.name);
  ForEachSplit(c.input, [&](const std::vector<std::string_view>& pieces) {
    auto scanner = new_scanner();
    std::string rest;
    EXPECT_EQ(ScanAll(pieces, &rest, [&](std::string_view* piece) { return scanner.Scan(piece); }), c.status);
    EXPECT_TRUE(c.status != ScanStatus::kDone || rest == c.rest) << rest;
  });
}

SessionLimits SmallLimits() {
  SessionLimits limits;
  limits.max_request_line_bytes = 5;
  limits.max_header_list_bytes = 20;
  limits.max_header_fields = 3;
  return limits;
}

TEST(H1LinesTest, Head) {
  const Case cases[] = {
      {"without fields", "line\r\n\r\nrest", ScanStatus::kDone, "rest"},
      {"with fields", "line\r\na:b\r\nc\r\n\r\n\r\n", ScanStatus::kDone, "\r\n"},
      {"not complete", "line\r\na:b\r\n\r", ScanStatus::kNeedMore},
      {"empty", "", ScanStatus::kNeedMore},
      {"empty first line", "\r\n", ScanStatus::kMalformed},
      {"first line at the limit", "12345\r\n\r\n", ScanStatus::kDone},
      {"first line beyond", "123456\r\n\r\n", ScanStatus::kLineTooLong},
      {"first line without end", "1234567", ScanStatus::kLineTooLong},
      {"bare LF at the limit", "123456\n", ScanStatus::kMalformed},
      {"CR at the limit", "12345\rx", ScanStatus::kMalformed},
      {"bare LF", "l\n", ScanStatus::kMalformed},
      {"bare CR", "l\rx", ScanStatus::kMalformed},
      {"two CR", "l\r\r\n", ScanStatus::kMalformed},
      {"folded", "l\r\na\r\n b\r\n", ScanStatus::kMalformed},
      {"folded by tab", "l\r\n\tb\r\n", ScanStatus::kMalformed},
      {"fields at the limit", "l\r\n12345678\r\n12345678\r\n\r\n", ScanStatus::kDone},
      {"fields beyond", "l\r\n12345678\r\n123456789\r\n\r\n", ScanStatus::kFieldsTooLarge},
      {"field without end", "l\r\n1234567890123456789012", ScanStatus::kFieldsTooLarge},
      {"field count at the limit", "l\r\na\r\nb\r\nc\r\n\r\n", ScanStatus::kDone},
      {"field count beyond", "l\r\na\r\nb\r\nc\r\nd\r\n", ScanStatus::kFieldsTooLarge},
  };
  for (const Case& c : cases) {
    ScanSeveralWays(c, [] { return HeadScanner(SmallLimits()); });
  }
}

TEST(H1LinesTest, ChunkLine) {
  const Case cases[] = {
      {"size", "a\r\nrest", ScanStatus::kDone, "rest"},
      {"size and extension", "0a;x\r\n", ScanStatus::kDone},
      {"last", "0\r\n\r\nrest", ScanStatus::kDone, "rest"},
      {"last with trailers", "000;x\r\na:b\r\n\r\nrest", ScanStatus::kDone, "rest"},
      {"last without end", "0\r\n", ScanStatus::kNeedMore},
      {"eight digits", "00000001\r\n", ScanStatus::kDone},
      {"nine digits", "000000001", ScanStatus::kMalformed},
      {"no digits", "x\r\n", ScanStatus::kMalformed},
      {"empty line", "\r\n", ScanStatus::kMalformed},
      {"line at the limit", "12345678" + std::string(kMaxChunkExtensionBytes, ';') + "\r\n", ScanStatus::kDone},
      {"line beyond", "12345678" + std::string(kMaxChunkExtensionBytes + 2, ';'), ScanStatus::kMalformed},
      {"too many trailers", "0\r\na\r\nb\r\nc\r\nd\r\n", ScanStatus::kFieldsTooLarge},
  };
  for (const Case& c : cases) {
    ScanSeveralWays(c, [] { return ChunkLineScanner(SmallLimits()); });
  }
}

TEST(H1LinesTest, SecondChunkLineStartsWithTheEndOfTheData) {
  const Case cases[] = {
      {"size", "\r\n1\r\nrest", ScanStatus::kDone, "rest"},  {"last", "\r\n0\r\n\r\nrest", ScanStatus::kDone, "rest"},
      {"no line end", "1\r\n", ScanStatus::kMalformed},      {"bare LF", "\n1\r\n", ScanStatus::kMalformed},
      {"two line ends", "\r\n\r\n", ScanStatus::kMalformed},
  };
  for (const Case& c : cases) {
    ScanSeveralWays(c, [] {
      ChunkLineScanner scanner(SmallLimits());
      std::string_view first = "5\r\n";
      EXPECT_EQ(scanner.Scan(&first), ScanStatus::kDone);
      return scanner;
    });
  }
}

}  // namespace
}  // namespace connectrpc::http
