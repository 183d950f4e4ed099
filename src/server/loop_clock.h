#ifndef CONNECTRPC_SRC_SERVER_LOOP_CLOCK_H_
#define CONNECTRPC_SRC_SERVER_LOOP_CLOCK_H_

#include <ctime>
#include <string_view>

#include "http/http_session.h"
#include "net/loop.h"
#include "wire/timeout.h"

namespace connectrpc::server {

inline constexpr size_t kHttpDateSize = 29;

// Writes `time` as RFC 9110 section 5.6.7 has it: "Sun, 06 Nov 1994 08:49:37 GMT". Years 0 to 9999.
void FormatHttpDate(std::time_t time, char (&out)[kHttpDateSize]);

// The time of a loop for its sessions. Lives on the loop's thread. The date is formatted at most once a second.
class LoopClock final : public http::SessionClock {
 public:
  explicit LoopClock(const net::Loop* loop) : loop_(loop) {}

  wire::TimePoint Now() const override { return loop_->Now(); }
  std::string_view Date() override;

 private:
  const net::Loop* const loop_;
  wire::TimePoint next_second_{};
  char date_[kHttpDateSize] = {};
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_LOOP_CLOCK_H_
