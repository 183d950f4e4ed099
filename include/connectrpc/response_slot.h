#ifndef CONNECTRPC_RESPONSE_SLOT_H_
#define CONNECTRPC_RESPONSE_SLOT_H_

#include <string_view>
#include <utility>

#include "connectrpc/payload.h"

namespace google::protobuf {
class Descriptor;
class MessageLite;
}  // namespace google::protobuf

namespace connectrpc {

namespace views {
struct ParseError;
}
template <class View>
class OwnedView;

// Not for applications.
namespace client {

// What there is to know of an OwnedView<View>, for those who do not know View.
struct ViewType {
  std::string_view message_name;                                       // "greet.v1.GreetResponse"
  const google::protobuf::Descriptor* (*descriptor)();                 // null for lite messages, which have none
  bool (*parse)(void* view, Payload bytes, views::ParseError* error);  // as OwnedView::Parse, by the default options
  void (*clear)(void* view);
  Payload (*share)(const void* view);  // the bytes of the message, which live as long as the payload, too
};

// Where a call puts a response: in a message of a class that protobuf generates, or in an OwnedView (owned_view.h). The
// typed calls make it of what they are given; the calls themselves pass it on, and only what decodes looks into it.
struct ResponseSlot {
  ResponseSlot(google::protobuf::MessageLite* message) : target(message) {}  // NOLINT: by purpose
  template <class View>
  ResponseSlot(OwnedView<View>* owned_view);  // NOLINT: by purpose

  void* target;                    // the MessageLite, or the OwnedView
  const ViewType* view = nullptr;  // null for a MessageLite
};

// Implementation.

template <class Message, class = const google::protobuf::Descriptor*>
struct DescriptorOf {
  static constexpr const google::protobuf::Descriptor* (*kFunction)() = nullptr;
};
template <class Message>
struct DescriptorOf<Message, decltype(Message::descriptor())> {
  static constexpr const google::protobuf::Descriptor* (*kFunction)() = &Message::descriptor;
};

template <class View>
inline constexpr ViewType kViewType = {
    View::kFullName,
    DescriptorOf<typename View::Message>::kFunction,
    [](void* view, Payload bytes, views::ParseError* error) {
      return static_cast<OwnedView<View>*>(view)->Parse(std::move(bytes), {}, error);
    },
    [](void* view) { static_cast<OwnedView<View>*>(view)->Clear(); },
    [](const void* view) {
      const auto* const owned_view = static_cast<const OwnedView<View>*>(view);
      return owned_view->SharePiece(owned_view->bytes());
    },
};

template <class View>
ResponseSlot::ResponseSlot(OwnedView<View>* owned_view) : target(owned_view), view(&kViewType<View>) {}

}  // namespace client
}  // namespace connectrpc

#endif  // CONNECTRPC_RESPONSE_SLOT_H_
