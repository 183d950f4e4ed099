#ifndef CONNECTRPC_VIEWS_PARSE_OPTIONS_H_
#define CONNECTRPC_VIEWS_PARSE_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace connectrpc::views {

// What a message may make parsing use up. The defaults suit messages from strangers.
struct ParseOptions {
  // How deep messages, groups (unknown ones too) and map entries with messages in them may nest; the outermost message
  // does not count. Protobuf's own default.
  int max_depth = 100;
  // Records of fields that the type does not know, those within unknown groups counted too.
  size_t max_unknown_fields = 1'000'000;
  // Memory that parsing may take beside the message's own bytes, in bytes: for elements of repeated fields, entries of
  // maps, and messages within. Room for more elements than came counts, as do arrays that were outgrown, which is up to
  // four times what the elements need. Packed numbers that come in one piece are free: they take up to eight times
  // their bytes in the message.
  size_t max_element_bytes = size_t{32} << 20;
  // Of the whole message, in bytes. More than 2^31 - 1 is no message in protobuf, and is refused in any case.
  size_t max_message_bytes = 0x7FFFFFFF;
};

// What is wrong with bytes that are no message, and where. A value type; valid as long as the program runs (names are
// those of generated tables).
struct ParseError {
  enum class Kind : uint8_t {
    kNone,
    kTruncated,        // ends within a field, or a field reaches beyond the message that it is in
    kBadVarint,        // has more than ten bytes, or more than five where it is a tag or a length
    kBadTag,           // field number 0 or above 2^29 - 1, wire type 6 or 7, or an end of a group that is not open
    kBadLength,        // is 2^31 - 16 or more, or no multiple of the elements' width in a packed field
    kBadUtf8,          // in a string field
    kMissingRequired,  // field of proto2
    kTooDeep,          // ParseOptions::max_depth
    kTooManyUnknown,   // ParseOptions::max_unknown_fields
    kElementBytes,     // ParseOptions::max_element_bytes
    kTooLarge,         // ParseOptions::max_message_bytes
    kOutOfMemory,      // the system has none left
  };

  Kind kind = Kind::kNone;
  size_t offset = 0;         // from the message's beginning, in bytes
  std::string_view message;  // the full name of the innermost message known: "bench.v1.LogRecord"
  std::string_view field;    // its field's name: "service_name"; empty where none was being read

  bool ok() const { return kind == Kind::kNone; }
  // Whether it is a limit (or memory) that was met, not the format: `resource_exhausted`, where the others are
  // `invalid_argument`.
  bool is_limit() const { return kind >= Kind::kTooDeep; }

  // "bench.v1.LogRecord.service_name is not UTF-8, at byte 17".
  std::string ToString() const {
    std::string text(message.empty() ? std::string_view("the message") : message);
    if (!field.empty()) text.append(".").append(field);
    text.append(" ").append(What());
    return text.append(", at byte ").append(std::to_string(offset));
  }

 private:
  std::string_view What() const {
    switch (kind) {
      case Kind::kNone:
        return "is fine";
      case Kind::kTruncated:
        return "is cut short";
      case Kind::kBadVarint:
        return "has a varint that is too long";
      case Kind::kBadTag:
        return "has a tag that there cannot be";
      case Kind::kBadLength:
        return "has a length that there cannot be";
      case Kind::kBadUtf8:
        return "is not UTF-8";
      case Kind::kMissingRequired:
        return "is required and missing";
      case Kind::kTooDeep:
        return "nests deeper than max_depth";
      case Kind::kTooManyUnknown:
        return "has more unknown fields than max_unknown_fields";
      case Kind::kElementBytes:
        return "has more elements than max_element_bytes can hold";
      case Kind::kTooLarge:
        return "is larger than max_message_bytes";
      case Kind::kOutOfMemory:
        return "needs more memory than there is";
    }
    return "is wrong";
  }
};

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_PARSE_OPTIONS_H_
