#include "plugin/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace connectrpc::plugin {
namespace {

using testing::HasSubstr;

TEST(OptionsTest, AcceptsWhatThereIs) {
  const struct {
    const char* name;
    const char* parameter;
    Options options;
  } cases[] = {
      {"nothing", "", {true, false, false, false}},
      {"client", "client", {true, false, false, false}},
      {"client on", "client=true", {true, false, false, false}},
      {"client off", "client=false", {false, false, false, false}},
      {"mocks", "mocks", {true, true, false, false}},
      {"coroutines", "coroutines=true", {true, false, true, false}},
      {"direct", "direct", {true, false, false, true}},
      {"views alone", "views=true,client=false", {false, false, false, false, true}},
      {"UTF-8 unchecked", "views,validate_utf8=false", {true, false, false, false, true, false}},
      {"UTF-8 checked, whatever there is", "validate_utf8=true", {true, false, false, false}},
      {"direct alone", "direct=true,client=false", {false, false, false, true}},
      {"all", "coroutines,direct,client,mocks", {true, true, true, true}},
      {"switched off", "coroutines=false,direct=false,mocks=false", {true, false, false, false}},
      {"off, and nothing that needs it", "client=false,mocks=false", {false, false, false, false}},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<Options> options = ParseOptions(c.parameter);
    ASSERT_TRUE(options.ok()) << c.name << ": " << options.status();
    EXPECT_EQ(options->client, c.options.client) << c.name;
    EXPECT_EQ(options->mocks, c.options.mocks) << c.name;
    EXPECT_EQ(options->coroutines, c.options.coroutines) << c.name;
    EXPECT_EQ(options->direct, c.options.direct) << c.name;
    EXPECT_EQ(options->views, c.options.views) << c.name;
    EXPECT_EQ(options->validate_utf8, c.options.validate_utf8) << c.name;
  }
}

TEST(OptionsTest, RefusesWhatIsNot) {
  const struct {
    const char* name;
    std::string parameter;
    const char* message;
  } cases[] = {
      {"unknown", "clients", "option \"clients\" is unknown"},
      {"of a later version", "editions", "option \"editions\" is unknown"},
      {"short for another", "dir", "option \"dir\" is unknown"},
      {"other case", "Mocks", "option \"Mocks\" is unknown"},
      {"white space", " mocks", "option \" mocks\" is unknown"},
      {"white space behind", "mocks ", "option \"mocks \" is unknown"},
      {"another separator", "mocks;coroutines", "option \"mocks;coroutines\" is unknown"},
      {"another equals sign", "mocks:true", "option \"mocks:true\" is unknown"},
      {"no name", "=true", "option \"=true\" has no name"},
      {"comma alone", ",", "option \"\" has no name"},
      {"comma first", ",mocks", "option \"\" has no name"},
      {"comma last", "mocks,", "option \"\" has no name"},
      {"two commas", "mocks,,coroutines", "option \"\" has no name"},
      {"empty value", "mocks=", "option \"mocks=\" has a value that is neither true nor false"},
      {"number for direct", "direct=1", "option \"direct=1\" has a value that is neither true nor false"},
      {"direct twice", "direct,mocks,direct=true", "option \"direct=true\" is given twice"},
      {"number", "mocks=1", "option \"mocks=1\" has a value that is neither true nor false"},
      {"another word", "mocks=yes", "option \"mocks=yes\" has a value that is neither true nor false"},
      {"upper case", "mocks=TRUE", "option \"mocks=TRUE\" has a value that is neither true nor false"},
      {"two values", "mocks=true=true", "option \"mocks=true=true\" has a value that is neither true nor false"},
      {"twice", "mocks,mocks", "option \"mocks\" is given twice"},
      {"twice, differently", "mocks,mocks=false", "option \"mocks=false\" is given twice"},
      {"good before bad", "mocks,coroutines,x", "option \"x\" is unknown"},
      {"mocks of nothing", "client=false,mocks", "option \"mocks\" needs client"},
      {"coroutines of nothing", "coroutines,client=false", "option \"coroutines\" needs client"},
      {"checks of nothing", "validate_utf8=false", "option \"validate_utf8=false\" needs views"},
      {"NUL", std::string("mocks\0", 6), "option \"mocks\\x00\" is unknown"},
      {"control characters", "\x1b[2J\n", "option \"\\x1b[2J\\n\" is unknown"},
      {"not ASCII", "m\xc3\xb6", "option \"m\\xc3\\xb6\" is unknown"},
      {"long", std::string(100'000, 'm'), "is unknown"},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<Options> options = ParseOptions(c.parameter);
    ASSERT_FALSE(options.ok()) << c.name;
    EXPECT_THAT(std::string(options.status().message()), HasSubstr(c.message)) << c.name;
    EXPECT_THAT(
        std::string(options.status().message()),
        HasSubstr(
            "there are client (on by default), mocks, coroutines, direct, views and validate_utf8 (on by default)"))
        << c.name;
  }
}

}  // namespace
}  // namespace connectrpc::plugin
