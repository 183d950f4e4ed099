#ifndef CONNECTRPC_INTEROP_FRONT_PARSE_SETTINGS_H_
#define CONNECTRPC_INTEROP_FRONT_PARSE_SETTINGS_H_

#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "interop/front/settings.h"

namespace connectrpc::front {

// Reads the command line (without the program's name) and the configuration file that it names. An option that stands
// in both has the value of the command line; of one that takes a value and stands twice in one place the last counts.
// Checks that the options fit together, but for --help and --version. Errors are one line that names the option.
absl::StatusOr<Settings> ParseSettings(const std::vector<std::string>& arguments);

// The same with the file's text, so that tests need no files. `file_name` is for errors.
absl::StatusOr<Settings> ParseSettings(const std::vector<std::string>& arguments, const std::string& file_name,
                                       std::istream* file);

// What --help prints.
std::string HelpText();

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_PARSE_SETTINGS_H_
