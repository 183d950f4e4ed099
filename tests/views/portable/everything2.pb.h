#ifndef CONNECTRPC_TESTS_VIEWS_PORTABLE_EVERYTHING2_PB_H_
#define CONNECTRPC_TESTS_VIEWS_PORTABLE_EVERYTHING2_PB_H_

#include "imported.pb.h"

namespace views::test {

enum Closed : int { CLOSED_FIVE = 5, CLOSED_MINUS = -2, CLOSED_MANY = 70000 };
enum ClosedFromZero : int { CLOSED_ZERO = 0, CLOSED_ONE = 1 };

inline bool Closed_IsValid(int value) {
  return value == CLOSED_FIVE || value == CLOSED_MINUS || value == CLOSED_MANY;
}
inline bool ClosedFromZero_IsValid(int value) {
  return value == CLOSED_ZERO || value == CLOSED_ONE;
}
template <class Enum>
const std::string& Closed_Name(Enum) {
  static const std::string kNone;
  return kNone;
}
template <class Enum>
const std::string& ClosedFromZero_Name(Enum) {
  static const std::string kNone;
  return kNone;
}

class Everything2_CGroup;
class Everything2_FGroup;
class Everything2_Nested;
class Everything2_RGroup;
class Everything2 {
 public:
  enum ChoiceCase { kCInt32 = 81, kCString = 82, kCMessage = 83, kCEnum = 84, kCgroup = 85, CHOICE_NOT_SET = 0 };
};
class Required {
 public:
  enum ChoiceCase { kChosen = 5, CHOICE_NOT_SET = 0 };
};

}  // namespace views::test

#endif  // CONNECTRPC_TESTS_VIEWS_PORTABLE_EVERYTHING2_PB_H_
