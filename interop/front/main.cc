// connect-front: see HelpText() and docs/connect-front.md.

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "interop/front/front.h"
#include "interop/front/parse_settings.h"

namespace {

using connectrpc::front::Front;
using connectrpc::front::Settings;

constexpr int kCannotStart = 1;
constexpr int kWrongConfiguration = 2;

// Names that the backend made up may be part of it.
void Say(std::string line) {
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  std::fprintf(stderr, "connect-front: %s\n", line.c_str());
}

int Fail(const absl::Status& status) {
  Say(std::string(status.message()));
  const bool wrong =
      status.code() == absl::StatusCode::kInvalidArgument || status.code() == absl::StatusCode::kNotFound;
  return wrong ? kWrongConfiguration : kCannotStart;
}

// Takes the process's signals, on a thread of its own; all others, which inherit the mask, have them blocked. A signal
// to stop ends the process at once unless somebody waits for it: before there are calls, and while they drain.
class Signals {
 public:
  Signals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this] { Take(); });
  }
  ~Signals() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    pthread_kill(thread_.native_handle(), SIGHUP);
    thread_.join();
  }

  // From now on, until the first one to stop, they are for Wait.
  void StartServing() {
    std::lock_guard<std::mutex> lock(mutex_);
    phase_ = Phase::kServing;
  }
  int Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !taken_.empty(); });
    const int signal = taken_.front();
    taken_.pop_front();
    return signal;
  }

 private:
  enum class Phase { kStarting, kServing, kStopping };

  void Take() {
    for (int signal = 0;;) {
      if (sigwait(&signals_, &signal) != 0) continue;
      std::lock_guard<std::mutex> lock(mutex_);
      if (ending_ && signal == SIGHUP) return;
      if (phase_ == Phase::kServing) {
        if (signal != SIGHUP) phase_ = Phase::kStopping;
        taken_.push_back(signal);
        changed_.notify_one();
      } else if (signal != SIGHUP) {
        _exit(128 + signal);  // by hand: the first process of a container has no default action
      }
    }
  }

  sigset_t signals_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> taken_;
  Phase phase_ = Phase::kStarting;
  bool ending_ = false;
  std::thread thread_;
};

// Until a signal to stop.
void WaitAndReload(Signals* signals, Front* front) {
  while (signals->Wait() == SIGHUP) {
    const absl::Status reloaded = front->server().ReloadTls();
    Say(reloaded.ok() ? "certificates were read again"
                      : "certificates stay as they were: " + std::string(reloaded.message()));
  }
}

int Serve(const Settings& settings) {
  Signals signals;  // before any other thread
  signal(SIGPIPE, SIG_IGN);
  auto front = connectrpc::front::StartFront(settings, Say);
  if (!front.ok()) return Fail(front.status());

  signals.StartServing();
  std::string addresses;
  for (const std::string& address : (*front)->server().addresses()) addresses += " " + address;
  Say("serving " + std::to_string((*front)->services().size()) + " services of " + settings.backend.target + " on" +
      addresses);
  WaitAndReload(&signals, front->get());

  Say("stopping");
  const size_t cut = (*front)->server().Shutdown(settings.http.timeouts.shutdown);
  if (cut > 0) Say(std::to_string(cut) + " calls were cut off");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = connectrpc::front::ParseSettings(std::vector<std::string>(argv + 1, argv + argc));
  if (!settings.ok()) {
    Say(std::string(settings.status().message()) + " (see --help)");
    return kWrongConfiguration;
  }
  switch (settings->action) {
    case Settings::Action::kHelp:
      std::fputs(connectrpc::front::HelpText().c_str(), stdout);
      return 0;
    case Settings::Action::kVersion:
      std::puts("connect-front " CONNECTRPC_VERSION);
      return 0;
    case Settings::Action::kCheck: {
      const absl::Status status = connectrpc::front::CheckSettings(*settings);
      if (!status.ok()) return Fail(status);
      Say("the configuration is valid");
      return 0;
    }
    case Settings::Action::kServe:
      return Serve(*settings);
  }
  return kCannotStart;
}
