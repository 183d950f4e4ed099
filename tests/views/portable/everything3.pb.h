#ifndef CONNECTRPC_TESTS_VIEWS_PORTABLE_EVERYTHING3_PB_H_
#define CONNECTRPC_TESTS_VIEWS_PORTABLE_EVERYTHING3_PB_H_

#include "imported.pb.h"

namespace views::test {

enum Open : int { OPEN_ZERO = 0, OPEN_ONE = 1, OPEN_MANY = 1000, OPEN_NEGATIVE = -1 };

template <class Enum>
const std::string& Open_Name(Enum) {
  static const std::string kNone;
  return kNone;
}

class Empty;
class Everything3_Nested;
class Everything3 {
 public:
  enum ChoiceCase {
    kCDouble = 81,
    kCInt32 = 82,
    kCBool = 83,
    kCString = 84,
    kCBytes = 85,
    kCMessage = 86,
    kCEnum = 87,
    kCSfixed64 = 88,
    kCImported = 89,
    CHOICE_NOT_SET = 0,
  };
};

}  // namespace views::test

#endif  // CONNECTRPC_TESTS_VIEWS_PORTABLE_EVERYTHING3_PB_H_
