#ifndef CONNECTRPC_SRC_CODEC_JSON_SCANNER_H_
#define CONNECTRPC_SRC_CODEC_JSON_SCANNER_H_

#include <string>
#include <string_view>

namespace connectrpc::codec {

enum class JsonToken {
  kEnd,
  kOpen,   // '{' or '['
  kClose,  // '}' or ']'
  kComma,
  kColon,
  kString,
  kWord,  // numbers, literals, unquoted keys
};

// Splits JSON text into tokens as protobuf's lenient parser does: strings in double or in single quotes, keys without
// quotes. It judges nothing; on text that the parser would refuse, it goes on somehow.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view json) : next_(json.data()), end_(json.data() + json.size()) {}

  // A string without its closing quote reaches to the end of the text.
  JsonToken Next();

  // After kString, what stands between the quotes, escapes and all; after kWord, the word. Points into the text.
  std::string_view text() const { return text_; }

 private:
  const char* next_;
  const char* end_;
  std::string_view text_;
};

// The first `quote` in [begin, end) that no backslash escapes, or `end`.
const char* FindClosingQuote(const char* begin, const char* end, char quote);

// Replaces `*out` by the string's characters, escapes resolved as protobuf does: "\x" stands for 'x' where x has no
// other meaning. Surrogates become '?': no name has any.
void UnescapeJsonString(std::string_view text, std::string* out);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_SCANNER_H_
