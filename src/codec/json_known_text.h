#ifndef CONNECTRPC_SRC_CODEC_JSON_KNOWN_TEXT_H_
#define CONNECTRPC_SRC_CODEC_JSON_KNOWN_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

// The texts that stand for Timestamp, Duration and FieldMask in JSON, without their quotes.
namespace connectrpc::codec {

struct SecondsAndNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;
};

// "1970-01-01T00:00:01.5Z", also with an offset such as "+01:00". False beyond the years 1 to 9999 too.
[[nodiscard]] bool ParseTimestamp(std::string_view text, SecondsAndNanos* time);
// With 0, 3, 6 or 9 digits after the point. False for what is no valid Timestamp.
[[nodiscard]] bool AppendTimestamp(const SecondsAndNanos& time, std::string* out);

// "-1.5s", up to 10,000 years and a second either way, as protobuf's other libraries have it.
[[nodiscard]] bool ParseDuration(std::string_view text, SecondsAndNanos* duration);
[[nodiscard]] bool AppendDuration(const SecondsAndNanos& duration, std::string* out);

// One path of a FieldMask: "foo_bar.baz" from "fooBar.baz" and back. Both refuse what would not come back the same.
[[nodiscard]] bool ParseMaskPath(std::string_view text, std::string* path);
[[nodiscard]] bool AppendMaskPath(std::string_view path, std::string* out);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_KNOWN_TEXT_H_
