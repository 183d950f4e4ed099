#ifndef CONNECTRPC_INTEROP_CALL_MESSAGES_H_
#define CONNECTRPC_INTEROP_CALL_MESSAGES_H_

#include <cstddef>
#include <memory>

#include "interop/direct_message.h"
#include "interop/parent_call.h"

namespace connectrpc::interop {

struct UnaryTypes {
  DirectType request;
  DirectType response;
  std::shared_ptr<ParentCalls> parents = nullptr;  // for DirectContext
};

// The messages of a unary call. Those of small calls serve the next call of the same method, too: to clear a message
// costs less than to make one, and its strings find the memory that they need.
class CallMessages final {
 public:
  // What kept messages may have taken: in their arena, and on the wire in all their calls. The latter bounds what their
  // strings hold, which are not in the arena; requests that clear to little are cleared, and not counted.
  static constexpr size_t kMaxArenaBytes = 4096;
  static constexpr size_t kMaxWireBytes = 8192;

  // Begins a call. `types` outlives this object.
  void Open(const UnaryTypes* types);

  // Made when they are asked for. The response is empty, the request may be what was in it before: parsing replaces
  // that.
  void* request();
  void* response();

  // Ends a call whose messages have so many bytes on the wire, or, by Discard, one of which that is not known.
  void Close(size_t request_bytes, size_t response_bytes);
  void Discard();

 private:
  CallArena<kMaxArenaBytes / 2> arena_;
  const UnaryTypes* types_ = nullptr;
  void* request_ = nullptr;
  void* response_ = nullptr;
  size_t wire_bytes_ = 0;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CALL_MESSAGES_H_
