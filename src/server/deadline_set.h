#ifndef CONNECTRPC_SRC_SERVER_DEADLINE_SET_H_
#define CONNECTRPC_SRC_SERVER_DEADLINE_SET_H_

#include <array>
#include <chrono>
#include <cstddef>

#include "net/loop.h"
#include "net/timer.h"
#include "wire/timeout.h"

namespace connectrpc::server {

// What a connection may be waiting for.
enum class Deadline {
  kPhase,        // what the connection as a whole is waiting for: a head, a request, the end of a body; see Connection
  kPreface,      // of HTTP/2
  kSettingsAck,  // of HTTP/2
  kNotice,       // that the peer has seen GOAWAY
  kWrite,        // that the socket takes output
  kStreams,      // that bodies and answers get on
  kKeepalive,    // the next PING of ours, or its answer
  kAge,          // the age at which to retire, then the end of the grace
};
inline constexpr size_t kDeadlines = 8;

// now + timeout; kNever for zero, which switches a timeout off, and where the sum is not representable.
wire::TimePoint TimeoutAfter(wire::TimePoint now, std::chrono::milliseconds timeout);

// Several deadlines of one owner behind one timer. Moving one further away or clearing it costs a store: the timer then
// goes off too early once, and is set again. Lives on the loop's thread.
class DeadlineSet final : private net::Timer {
 public:
  class Owner {
   public:
    // Has passed, and is no longer set. Not after Clear or Stop. May set and clear any, but not destroy the set.
    virtual void OnDeadline(Deadline which) = 0;

   protected:
    ~Owner() = default;
  };

  DeadlineSet(net::Loop* loop, Owner* owner);
  ~DeadlineSet() { Stop(); }

  // wire::kNever clears it.
  void Set(Deadline which, wire::TimePoint when);
  // Sets it unless an earlier time is set.
  void SetNoLater(Deadline which, wire::TimePoint when);
  void Clear(Deadline which) { at(which) = wire::kNever; }
  // wire::kNever where it is not set.
  wire::TimePoint when(Deadline which) const { return times_[static_cast<size_t>(which)]; }
  // Clears all.
  void Stop();

 private:
  void OnTimer() override;
  wire::TimePoint& at(Deadline which) { return times_[static_cast<size_t>(which)]; }

  net::Loop* const loop_;
  Owner* const owner_;
  std::array<wire::TimePoint, kDeadlines> times_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_DEADLINE_SET_H_
