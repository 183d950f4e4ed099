#ifndef CONNECTRPC_SRC_NET_THREAD_H_
#define CONNECTRPC_SRC_NET_THREAD_H_

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace connectrpc::net {

// Starts a thread that takes no signals: they are the program's business, and go to its own threads. Throws what
// std::thread throws where the process can have no more of them.
template <class F>
std::thread StartThread(F&& function) {
  struct BlockedSignals {
    BlockedSignals() {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &previous);
    }
    ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &previous, nullptr); }
    sigset_t previous;
  };
  const BlockedSignals inherited;
  return std::thread(std::forward<F>(function));
}

// What debuggers and top call the calling thread: at most 15 characters.
inline void NameThread(const char* name) {
  pthread_setname_np(pthread_self(), name);
}

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_THREAD_H_
