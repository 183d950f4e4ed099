#include "plugin/options.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace connectrpc::plugin {
namespace {

struct Entry {
  absl::string_view name;
  bool Options::*value;
};

constexpr Entry kEntries[] = {
    {"client", &Options::client}, {"mocks", &Options::mocks}, {"coroutines", &Options::coroutines},
    {"direct", &Options::direct}, {"views", &Options::views}, {"validate_utf8", &Options::validate_utf8},
};

absl::Status Refuse(absl::string_view option, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "option \"", absl::CHexEscape(option), "\" ", why,
      "; there are client (on by default), mocks, coroutines, direct, views and validate_utf8 (on by default), "
      "each alone or with =true or =false, separated by commas"));
}

}  // namespace

absl::StatusOr<Options> ParseOptions(absl::string_view parameter) {
  Options options;
  if (parameter.empty()) return options;
  std::vector<absl::string_view> seen;
  for (const absl::string_view option : absl::StrSplit(parameter, ',')) {
    const size_t equals = option.find('=');
    const absl::string_view name = option.substr(0, equals);
    const absl::string_view value = equals == option.npos ? "true" : option.substr(equals + 1);
    const auto* entry = std::find_if(std::begin(kEntries), std::end(kEntries),
                                     [&](const Entry& candidate) { return candidate.name == name; });
    if (entry == std::end(kEntries)) return Refuse(option, name.empty() ? "has no name" : "is unknown");
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return Refuse(option, "is given twice");
    if (value != "true" && value != "false") return Refuse(option, "has a value that is neither true nor false");
    seen.push_back(name);
    options.*entry->value = value == "true";
  }
  if (options.mocks && !options.client) return Refuse("mocks", "needs client, whose interface it mocks");
  if (options.coroutines && !options.client) return Refuse("coroutines", "needs client, whose methods they are");
  if (!options.validate_utf8 && !options.views) return Refuse("validate_utf8=false", "needs views, which it is about");
  return options;
}

}  // namespace connectrpc::plugin
