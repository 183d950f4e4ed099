#ifndef CONNECTRPC_VIEW_JSON_H_
#define CONNECTRPC_VIEW_JSON_H_

#include <memory>
#include <string>
#include <string_view>

#include "connectrpc/code.h"
#include "connectrpc/error.h"
#include "connectrpc/json_format.h"
#include "connectrpc/owned_view.h"
#include "connectrpc/views/view.h"

namespace google::protobuf {
class Descriptor;
}

namespace connectrpc {

// Writes views as JSON, by protobuf's mapping. What it works out of a type's descriptor is kept for the next message of
// the type, so that one object should serve all. Safe to use from any thread.
class ViewJson final {
 public:
  explicit ViewJson(const JsonFormat& format = {});
  ~ViewJson();

  // Replaces `*json`. Fails, with it empty, for what has no JSON form (`internal`): strings of proto2 that are not
  // UTF-8, an Any whose type the program does not link, a Timestamp out of range, and the like.
  template <class View>
  [[nodiscard]] Error Write(const View& view, std::string* json) const {
    bool fits = true;
    const std::string bytes = views::Serialize(view, &fits);
    if (fits) return WriteBytes(*View::Message::descriptor(), bytes, json);
    json->clear();
    return Error(Code::kInternal, "message of 2 GiB or more");
  }
  // The same at less cost, since the message's bytes are at hand.
  template <class View>
  [[nodiscard]] Error Write(const OwnedView<View>& message, std::string* json) const {
    return WriteBytes(*View::Message::descriptor(), message.bytes(), json);
  }

 private:
  Error WriteBytes(const google::protobuf::Descriptor& type, std::string_view bytes, std::string* json) const;

  struct State;
  const std::unique_ptr<const State> state_;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_VIEW_JSON_H_
