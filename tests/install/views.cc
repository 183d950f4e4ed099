// The smallest program with a generated view, of a message that has one of protobuf's own as a field.
#include <cstdio>
#include <string>

#include "stamped.view.pb.h"

int main() {
  ping::v1::Stamped message;
  message.mutable_at()->set_seconds(1'700'000'000);
  const std::string bytes = message.SerializeAsString();
  connectrpc::views::Arena arena;
  connectrpc::views::ParseError error;
  const ping::v1::StampedView* const view = ping::v1::StampedView::Parse(bytes, &arena, {}, &error);
  if (view == nullptr) {
    std::printf("%s\n", error.ToString().c_str());
    return 1;
  }
  return view->at().seconds() == 1'700'000'000 ? 0 : 1;
}
