#ifndef CONNECTRPC_SRC_CODEC_JSON_READER_H_
#define CONNECTRPC_SRC_CODEC_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace connectrpc::codec {

// Reads JSON text from its beginning to its end, one token at a time. It knows nothing of messages. Beyond JSON it
// takes what protobuf has always taken: strings in single quotes and keys without quotes, control characters in
// strings, a comma after the last member.
//
// Each function that returns a bool does so after it has set an error, once and for all.
class JsonReader {
 public:
  // An object whose "@type" is not its first member.
  struct TypedObject {
    const char* begin;  // behind the '{'
    const char* type;   // the value of "@type"
  };

  enum class Item { kNext, kEnd, kError };

  // `text` is UTF-8.
  JsonReader(std::string_view text, int max_depth)
      : begin_(text.data()), next_(text.data()), end_(text.data() + text.size()), max_depth_(max_depth) {}

  // The next character that is no space, or 0 at the end.
  char Peek() {
    while (next_ != end_ && IsSpace(*next_)) ++next_;
    return next_ == end_ ? '\0' : *next_;
  }

  // '{' or '['.
  [[nodiscard]] bool Open(char bracket);
  // Whether there may be another bracket within those that are open.
  [[nodiscard]] bool CheckDepth();
  // Whether the object or list that `close` ends goes on. `first` before its first member or element. Takes `close`.
  Item NextItem(char close, bool first);
  // A member's name and the colon. The name is valid up to the next string, or as long as the text where
  // IsInText() is true.
  [[nodiscard]] bool ReadKey(std::string_view* key);
  [[nodiscard]] bool ReadString(std::string_view* text);
  [[nodiscard]] bool ReadNumber(std::string_view* number);
  // Reads true, false or null if it comes next.
  bool TryWord(std::string_view word);
  // Any value. Does not recurse. If `objects` is not null, every object within that has an "@type" which is not its
  // first member is added, in no order.
  [[nodiscard]] bool SkipValue(std::vector<TypedObject>* objects = nullptr);
  // Nothing but space is left.
  [[nodiscard]] bool ReadEnd();

  // Always false; only the first error is kept. `reason` is printable.
  bool Fail(std::string reason);
  static constexpr size_t kNowhere = static_cast<size_t>(-1);
  const std::string& error() const { return error_; }
  size_t error_offset() const { return error_offset_; }

  bool IsInText(std::string_view text) const { return text.data() >= begin_ && text.data() <= end_; }
  struct Mark {
    const char* position;
    int depth;
  };
  Mark mark() const { return {next_, depth_}; }
  void Rewind(const Mark& mark) {
    next_ = mark.position;
    depth_ = mark.depth;
  }

 private:
  struct Bracket {
    char close;
    bool first;
    const char* begin;
  };

  static bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  bool Unescape(const char* p, char quote, std::string_view* text);
  bool UnescapeUnicode(const char** p);
  bool SkipScalar();
  bool Unexpected(const char* expected);

  const char* const begin_;
  const char* next_;
  const char* const end_;
  const int max_depth_;
  int depth_ = 0;
  std::string unescaped_;
  std::vector<Bracket> skipped_;  // brackets open in SkipValue
  std::string error_;
  size_t error_offset_ = 0;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_READER_H_
