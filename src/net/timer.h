#ifndef CONNECTRPC_SRC_NET_TIMER_H_
#define CONNECTRPC_SRC_NET_TIMER_H_

#include <boost/intrusive/set_hook.hpp>
#include <cstdlib>

#include "wire/timeout.h"

namespace connectrpc::net {

// Something that happens at a time, on the loop's thread. Embedded in its owner: arming and disarming allocate nothing.
// Must be disarmed before it is destroyed (the destructor of an armed timer aborts).
class Timer : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>> {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return is_linked(); }
  wire::TimePoint when() const { return when_; }

  // Called once for each Arm, unless disarmed before. May arm again.
  virtual void OnTimer() = 0;

 protected:
  ~Timer() {
    if (armed()) std::abort();  // the loop would call into freed memory
  }

 private:
  friend class Loop;
  wire::TimePoint when_{};
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_TIMER_H_
