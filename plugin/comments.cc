#include "plugin/comments.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace connectrpc::plugin {
namespace {

struct Character {
  uint32_t value = 0;
  size_t size = 0;  // in bytes; 0: not UTF-8
};

// The first character of `text`, which is not empty.
Character Decode(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < size) return {};
  uint32_t value = byte(0) & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const uint32_t least = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, size};
}

// Control characters, and what changes how the text around it is shown: the marks of reading direction, by which code
// can be made to look like another (compilers warn of them), and the separators that editors take for ends of lines.
bool Misleads(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::string Harmless(absl::string_view line) {
  std::string out;
  while (!line.empty()) {
    const Character c = Decode(line);
    if (c.size == 0) {
      out.push_back('?');
    } else if (Misleads(c.value)) {
      out.push_back(' ');
    } else {
      absl::StrAppend(&out, line.substr(0, c.size));
    }
    line.remove_prefix(c.size == 0 ? 1 : c.size);
  }
  out = absl::StrReplaceAll(out, {{"?\?/", "? ?/"}});  // the trigraph of a backslash
  absl::StripTrailingAsciiWhitespace(&out);
  if (absl::EndsWith(out, "\\")) out.append(" .");  // or the next line would belong to the comment
  return out;
}

}  // namespace

std::vector<std::string> CommentLines(absl::string_view text) {
  std::vector<std::string> lines;
  size_t end = 0;  // behind the last line that is not empty
  for (const absl::string_view raw : absl::StrSplit(text, absl::ByAnyChar("\r\n"))) {
    std::string line = Harmless(raw);
    if (line.empty() && lines.empty()) continue;
    // protoc leaves the space that follows its own "//".
    const bool spaced = line.empty() || line.front() == ' ';
    lines.push_back(absl::StrCat(spaced ? "//" : "// ", line));
    if (!line.empty()) end = lines.size();
  }
  lines.resize(end);
  return lines;
}

}  // namespace connectrpc::plugin
