#ifndef CONNECTRPC_TESTS_VIEWS_PORTABLE_IMPORTED_PB_H_
#define CONNECTRPC_TESTS_VIEWS_PORTABLE_IMPORTED_PB_H_

#include <cstdint>
#include <string>
#include <string_view>

// In place of what protobuf generates, of which views need the names alone: so they can be tested where there is no
// protobuf, such as under the sanitizer of memory, with 32 bits or on big-endian machines (tests/views/portable/run).
namespace views::test {

class Imported;

}  // namespace views::test

#endif  // CONNECTRPC_TESTS_VIEWS_PORTABLE_IMPORTED_PB_H_
