// connect-front: see HelpText() and docs/connect-front.md.

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>
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

// Before there are calls, and while they drain, a signal ends the process at once. By a handler: the first process of a
// container has no default one.
void EndAtOnce(int signal) {
  _exit(128 + signal);
}

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

sigset_t SignalsToStop() {
  sigset_t signals = Signals();
  sigdelset(&signals, SIGHUP);
  return signals;
}

// Until a signal to stop.
void WaitAndReload(Front* front) {
  const sigset_t signals = Signals();
  for (int signal = 0;;) {
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    const absl::Status reloaded = front->server().ReloadTls();
    Say(reloaded.ok() ? "certificates were read again"
                      : "certificates stay as they were: " + std::string(reloaded.message()));
  }
}

int Serve(const Settings& settings) {
  // All threads inherit this; only this one ever takes signals.
  const sigset_t all = Signals();
  const sigset_t to_stop = SignalsToStop();
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  struct sigaction end_at_once = {};
  end_at_once.sa_handler = EndAtOnce;
  for (const int signal : {SIGTERM, SIGINT}) sigaction(signal, &end_at_once, nullptr);
  signal(SIGPIPE, SIG_IGN);

  pthread_sigmask(SIG_UNBLOCK, &to_stop, nullptr);
  auto front = connectrpc::front::StartFront(settings, Say);
  pthread_sigmask(SIG_BLOCK, &to_stop, nullptr);
  if (!front.ok()) return Fail(front.status());

  std::string addresses;
  for (const std::string& address : (*front)->server().addresses()) addresses += " " + address;
  Say("serving " + std::to_string((*front)->services().size()) + " services of " + settings.backend.target + " on" +
      addresses);
  WaitAndReload(front->get());

  Say("stopping");
  pthread_sigmask(SIG_UNBLOCK, &to_stop, nullptr);
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
