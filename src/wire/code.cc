#include "connectrpc/code.h"

#include <array>
#include <cstddef>

namespace connectrpc {
namespace {

struct CodeRow {
  std::string_view name;
  int http_status;
};

// Indexed by the number of the code.
constexpr std::array<CodeRow, 17> kCodes = {{
    {"ok", 200},
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
}};

// A Code may come from a cast of any number; such a one counts as kUnknown.
const CodeRow& RowOf(Code code) {
  const std::optional<Code> known = CodeFromNumber(static_cast<int>(code));
  return kCodes[static_cast<size_t>(known.value_or(Code::kUnknown))];
}

}  // namespace

std::string_view CodeName(Code code) {
  return RowOf(code).name;
}

std::optional<Code> ParseCodeName(std::string_view name) {
  for (size_t number = 1; number < kCodes.size(); ++number) {
    if (kCodes[number].name == name) return static_cast<Code>(number);
  }
  return std::nullopt;
}

std::optional<Code> CodeFromNumber(int number) {
  if (number < 0 || number >= static_cast<int>(kCodes.size())) return std::nullopt;
  return static_cast<Code>(number);
}

int HttpStatusFromCode(Code code) {
  return RowOf(code).http_status;
}

Code CodeFromHttpStatus(int http_status) {
  switch (http_status) {
    case 400:
      return Code::kInternal;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;
    default:
      return Code::kUnknown;
  }
}

}  // namespace connectrpc
