#ifndef CONNECTRPC_VIEWS_TEXT_WRITER_H_
#define CONNECTRPC_VIEWS_TEXT_WRITER_H_

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace connectrpc::views::internal {

// Writes protobuf's text format, in the form that DebugString of its messages has. Takes no more than a number of
// bytes; what comes after is dropped.
class TextWriter final {
 public:
  TextWriter(bool single_line, size_t max_bytes) : single_line_(single_line), max_bytes_(max_bytes) {}

  // Whether something was dropped already: there is no use in writing more.
  bool full() const { return full_; }
  std::string Take() && { return std::move(text_); }

  void Raw(std::string_view text) {
    if (text.size() > max_bytes_ - text_.size()) {
      text = text.substr(0, max_bytes_ - text_.size());
      full_ = true;
    }
    text_.append(text);
  }

  void BeginLine() {
    if (!single_line_) {
      for (int i = 0; i < depth_; ++i) Raw("  ");
    } else if (!text_.empty()) {
      Raw(" ");
    }
  }
  void EndLine() {
    if (!single_line_) Raw("\n");
  }
  // Around the fields of a message, behind its field's name.
  void Open() {
    Raw(" {");
    EndLine();
    ++depth_;
  }
  void Close() {
    --depth_;
    BeginLine();
    Raw("}");
    EndLine();
  }

  template <class Integer>
  void Number(Integer value) {
    char digits[24];
    Raw(std::string_view(digits,
                         static_cast<size_t>(std::to_chars(digits, digits + sizeof(digits), value).ptr - digits)));
  }
  // As many digits as a T of all ones has.
  template <class T>
  void Hexadecimal(T value) {
    char digits[2 + 2 * sizeof(T)] = {'0', 'x'};
    for (size_t i = sizeof(digits); i-- > 2; value >>= 4) digits[i] = "0123456789abcdef"[value & 0xF];
    Raw(std::string_view(digits, sizeof(digits)));
  }
  // With 15 digits (6 of a float), or where these are another number with 17 (9).
  template <class T>
  void Floating(T value) {
    if (std::isnan(value)) return Raw("nan");
    char digits[48];
    const auto write = [&](int precision) {
      const auto end = std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::general, precision).ptr;
      return std::string_view(digits, static_cast<size_t>(end - digits));
    };
    std::string_view text = write(std::numeric_limits<T>::digits10);
    // Protobuf reads floats back by strtof, for which subnormal ones are out of range: they are never short.
    T read = 0;
    const bool short_is_enough = std::from_chars(text.data(), text.data() + text.size(), read).ec == std::errc() &&
                                 read == value && !(sizeof(T) == sizeof(float) && IsSubnormal(value));
    Raw(short_is_enough ? text : write(std::numeric_limits<T>::max_digits10));
  }
  // Between quotes. What is not ASCII as octal numbers, unless `utf8`.
  void Quoted(std::string_view text, bool utf8) {
    Raw("\"");
    size_t written = 0;
    for (size_t i = 0; i < text.size() && !full_; ++i) {
      const auto byte = static_cast<uint8_t>(text[i]);
      const bool special = byte == '"' || byte == '\'' || byte == '\\';
      if (byte >= 0x80 ? utf8 : byte >= 0x20 && byte != 0x7F && !special) continue;
      Raw(text.substr(written, i - written));
      Escape(byte);
      written = i + 1;
    }
    Raw(text.substr(written));
    Raw("\"");
  }

 private:
  template <class T>
  static bool IsSubnormal(T value) {
    return std::fpclassify(value) == FP_SUBNORMAL;
  }

  void Escape(uint8_t byte) {
    char escape[4] = {'\\', static_cast<char>(byte)};
    size_t size = 2;
    switch (byte) {
      case '\n':
        escape[1] = 'n';
        break;
      case '\r':
        escape[1] = 'r';
        break;
      case '\t':
        escape[1] = 't';
        break;
      case '"':
      case '\'':
      case '\\':
        break;
      default:
        for (size_t i = 1; i <= 3; ++i) escape[i] = static_cast<char>('0' + (byte >> (9 - 3 * i) & 7));
        size = 4;
    }
    Raw(std::string_view(escape, size));
  }

  const bool single_line_;
  const size_t max_bytes_;
  bool full_ = false;
  int depth_ = 0;
  std::string text_;
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_TEXT_WRITER_H_
