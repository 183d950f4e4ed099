#ifndef CONNECTRPC_SRC_CODEC_JSON_TEXT_H_
#define CONNECTRPC_SRC_CODEC_JSON_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

// How values are spelled in protobuf's JSON, apart from brackets and fields.
namespace connectrpc::codec {

struct JsonEnum;

// In quotes and escaped. `text` is UTF-8. Also escaped, since JSON ends up in web pages: '<', '>' and the line
// separators that JSON has and JavaScript once had not.
void AppendJsonString(std::string_view text, std::string* out);

// Whether all of it is ASCII that needs no escape.
bool IsPlainJsonText(std::string_view text);

void AppendJsonInteger(int64_t value, std::string* out);
void AppendJsonInteger(uint64_t value, std::string* out);

// The shortest text that is read as the same number, written as JavaScript does: without an exponent from 1e-6 to 1e21.
// "NaN", "Infinity" and "-Infinity" are strings.
void AppendJsonNumber(double value, std::string* out);
void AppendJsonNumber(float value, std::string* out);

// Padded base64 in quotes.
void AppendJsonBytes(std::string_view bytes, std::string* out);

// The name of a value, or the number where it has none; null for google.protobuf.NullValue.
void AppendJsonEnum(const JsonEnum& type, int32_t value, bool as_number, std::string* out);

enum class NumberStatus { kOk, kFraction, kRange };

// An integer from `number`, which keeps to the grammar of JSON numbers (ScanJsonNumber). Exact, however it is spelled:
// "1e3" and "1200e-2" are integers. The work is linear in the text, whatever the exponent.
NumberStatus ParseJsonInteger(std::string_view number, bool* negative, uint64_t* magnitude);

// False for what is larger than any number of the type; what is smaller becomes 0.
[[nodiscard]] bool ParseJsonNumber(std::string_view number, double* value);
[[nodiscard]] bool ParseJsonNumber(std::string_view number, float* value);

// The end of the JSON number that `begin` starts, or null.
const char* ScanJsonNumber(const char* begin, const char* end);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_TEXT_H_
