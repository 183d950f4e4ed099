#ifndef CONNECTRPC_SRC_WIRE_GATHERING_H_
#define CONNECTRPC_SRC_WIRE_GATHERING_H_

#include <cstddef>
#include <string>

namespace connectrpc::wire {

// What an announced length alone may make us allocate.
inline constexpr size_t kMaxUnearnedCapacity = size_t{64} * 1024;

// Makes room in `gathered`, the front of a message of `size` bytes by its announcement, for the `piece` bytes that come
// next. Beyond 64 KiB memory has to be earned by bytes that have come.
void ReserveForPiece(size_t size, size_t piece, std::string* gathered);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_GATHERING_H_
