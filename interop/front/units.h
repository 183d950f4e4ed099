#ifndef CONNECTRPC_INTEROP_FRONT_UNITS_H_
#define CONNECTRPC_INTEROP_FRONT_UNITS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Numbers with units, as people write them in options.
namespace connectrpc::front {

// Digits only; nothing for any other text, and for numbers above `max`.
std::optional<uint64_t> ParseCount(std::string_view text, uint64_t max);

// "4096", "64KiB", "4MiB", "1GiB".
std::optional<size_t> ParseSize(std::string_view text);
// The largest unit that divides it.
std::string FormatSize(size_t bytes);

// "500ms", "30s", "5m", "2h"; a bare number is seconds. At most ten years.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
// The largest unit that divides it; "0" for none.
std::string FormatDuration(std::chrono::milliseconds duration);

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_UNITS_H_
