#ifndef CONNECTRPC_INTEROP_REFLECTION_SESSION_H_
#define CONNECTRPC_INTEROP_REFLECTION_SESSION_H_

#include <vector>

#include "interop/protos/reflection_messages.pb.h"
#include "interop/reflection_index.h"

namespace connectrpc::interop {

// The conversation of one reflection stream: a response for each request. The file that was asked for is always sent,
// what it imports once in a conversation.
class ReflectionSession final {
 public:
  explicit ReflectionSession(const ReflectionIndex* index) : index_(index), sent_(index->file_count()) {}

  void Answer(const reflection::ServerReflectionRequest& request, reflection::ServerReflectionResponse* response);

 private:
  void AddFiles(ReflectionIndex::FileId file, reflection::ServerReflectionResponse* response);

  const ReflectionIndex* index_;
  std::vector<bool> sent_;  // by FileId
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_REFLECTION_SESSION_H_
