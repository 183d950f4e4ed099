#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "http/h1_driver.h"

// Each of the 256 bytes at each place of the grammar where bytes are told apart.
namespace connectrpc::http {
namespace {

using test::H1Driver;
using test::H1Stream;

bool IsTokenChar(int byte) {
  return byte != 0 &&
         std::strchr("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", byte) != nullptr;
}
bool IsVisible(int byte) {
  return byte > 0x20 && byte < 0x7f;
}
bool IsFieldByte(int byte) {
  return (byte >= 0x20 || byte == '\t') && byte != 0x7f;
}
struct Position {
  const char* name;
  std::string_view before;
  std::string_view after;
  // Whether the byte gives a request that is answered with 200 (rather than refused, broken or incomplete).
  bool (*accepted)(int byte);
};

#define CHUNKED_POST "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

const Position kPositions[] = {
    {"in the method", "GE", "T / HTTP/1.1\r\nHost: h\r\n\r\n", IsTokenChar},
    // A space makes it the end of the method, and the target "T".
    {"after the method", "GET", "/ HTTP/1.1\r\nHost: h\r\n\r\n", [](int byte) { return byte == ' '; }},
    {"in the target", "GET /", " HTTP/1.1\r\nHost: h\r\n\r\n", [](int byte) { return IsVisible(byte) && byte != '#'; }},
    {"after the target", "GET /", "HTTP/1.1\r\nHost: h\r\n\r\n", [](int byte) { return byte == ' '; }},
    {"minor version", "GET / HTTP/1.", "\r\nHost: h\r\n\r\n", [](int byte) { return byte == '0' || byte == '1'; }},
    {"CR of the request line", "GET / HTTP/1.1", "\nHost: h\r\n\r\n", [](int byte) { return byte == '\r'; }},
    {"LF of the request line", "GET / HTTP/1.1\r", "Host: h\r\n\r\n", [](int byte) { return byte == '\n'; }},
    {"start of a field line", "GET / HTTP/1.1\r\nHost: h\r\n", "A: b\r\n\r\n", IsTokenChar},
    {"in a name", "GET / HTTP/1.1\r\nHost: h\r\nA", "B: b\r\n\r\n",
     // A colon ends the name, and the rest is the value.
     [](int byte) { return IsTokenChar(byte) || byte == ':'; }},
    {"colon", "GET / HTTP/1.1\r\nHost: h\r\nA", " b\r\n\r\n", [](int byte) { return byte == ':'; }},
    {"in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b", "c\r\n\r\n", IsFieldByte},
    {"CR of a field", "GET / HTTP/1.1\r\nHost: h\r\nA: b", "\n\r\n", [](int byte) { return byte == '\r'; }},
    {"LF of a field", "GET / HTTP/1.1\r\nHost: h\r\nA: b\r", "\r\n", [](int byte) { return byte == '\n'; }},
    {"CR of the empty line", "GET / HTTP/1.1\r\nHost: h\r\n", "\n", [](int byte) { return byte == '\r'; }},
    {"LF of the empty line", "GET / HTTP/1.1\r\nHost: h\r\n\r", "", [](int byte) { return byte == '\n'; }},
    {"in Host", "GET / HTTP/1.1\r\nHost: h", "\r\n\r\n",
     [](int byte) {
       // The trailing white space is not part of the value; the colon starts an empty port.
       return byte == ' ' || byte == '\t' || byte == ':' ||
              (IsVisible(byte) && std::strchr("\"#,/<>?@[\\]^`{|}", byte) == nullptr);
     }},
    {"Content-Length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0", "1\r\n\r\nx",
     [](int byte) { return byte == '0'; }},
    {"in a chunk size", CHUNKED_POST, "\r\nabc\r\n0\r\n\r\n", [](int byte) { return byte == '3'; }},
    {"after a chunk size", CHUNKED_POST "3", "a\r\nabc\r\n0\r\n\r\n", [](int byte) { return byte == ';'; }},
    {"in an extension", CHUNKED_POST "3;a", "b\r\nabc\r\n0\r\n\r\n",
     [](int byte) { return IsTokenChar(byte) || byte == ';' || byte == '='; }},
    {"in a quoted string", CHUNKED_POST "3;a=\"", "b\"\r\nabc\r\n0\r\n\r\n",
     // A quote ends the string too early, a backslash takes the "b" with it.
     [](int byte) { return IsFieldByte(byte) && byte != '"'; }},
    {"CR after chunk data", CHUNKED_POST "3\r\nabc", "\n0\r\n\r\n", [](int byte) { return byte == '\r'; }},
    {"in a trailer name", CHUNKED_POST "0\r\nA", "B: c\r\n\r\n",
     [](int byte) { return IsTokenChar(byte) || byte == ':'; }},
    {"in a trailer value", CHUNKED_POST "0\r\nA: b", "c\r\n\r\n", IsFieldByte},
};

#undef CHUNKED_POST

TEST(H1BytesTest, EveryByteAtEveryPosition) {
  for (const Position& position : kPositions) {
    for (int byte = 0; byte < 256; ++byte) {
      SCOPED_TRACE(std::string(position.name) + ": byte " + std::to_string(byte));
      const std::string input = std::string(position.before) + static_cast<char>(byte) + std::string(position.after);
      std::string whole_output;
      for (const bool whole : {true, false}) {
        H1Driver driver;
        driver.on_abort = [&](H1Stream* stream) { driver.Answer(stream, 400, ""); };
        if (whole) {
          driver.Feed(input);
        } else {
          for (const char c : input) driver.Feed(std::string_view(&c, 1));
        }
        // The request is answered, or refused and nothing else on the connection is answered.
        EXPECT_EQ(driver.first_status() == 200, position.accepted(byte)) << driver.output();
        EXPECT_TRUE(driver.first_status() <= 200 || driver.session().finished());
        if (whole) {
          whole_output = driver.output();
        } else {
          EXPECT_EQ(driver.output(), whole_output);
        }
      }
    }
  }
}

}  // namespace
}  // namespace connectrpc::http
