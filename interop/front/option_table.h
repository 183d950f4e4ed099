#ifndef CONNECTRPC_INTEROP_FRONT_OPTION_TABLE_H_
#define CONNECTRPC_INTEROP_FRONT_OPTION_TABLE_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "interop/front/settings.h"

namespace connectrpc::front {

// One option of connect-front, as the command line, the configuration file, --help and the documentation know it.
struct Option {
  enum class Kind {
    kSwitch,  // on when it is named
    kValue,   // takes a value
    kList,    // takes a value and may be repeated
  };

  std::string name;  // "limit-max-message-bytes"
  Kind kind = Kind::kValue;
  std::string argument;  // what stands for its value in --help: "SIZE"; empty for a switch
  std::string help;
  bool in_file = true;  // whether the configuration file may have it

  // Stores a value; one of a list is appended. Otherwise returns what a value should look like: "a size such as
  // 64KiB". Empty when all is well.
  std::function<std::string(std::string_view text, Settings* settings)> set;
  // Empties a list.
  std::function<void(Settings* settings)> clear;
  // The value in these settings, as `set` takes it; empty for none.
  std::function<std::string(const Settings& settings)> show;
};

struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

// Every option there is.
std::vector<OptionGroup> AllOptions();

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_OPTION_TABLE_H_
