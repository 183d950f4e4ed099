// Tells the thread sanitizer of the mutex of Abseil, a shared library that is not instrumented. What gRPC's headers,
// which are, keep under it looks racy otherwise: what another thread asks of a reactor before the method has returned
// it, say, with all that this thread did before. Nothing is suppressed; the headers use Lock and Unlock only.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)

#include <absl/base/options.h>
#include <absl/synchronization/mutex.h>
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <string>

#define NAME_OF(name) #name
#define NAME_OF_VALUE(name) NAME_OF(name)

namespace {

using Function = void (*)(absl::Mutex*);

// The library's own version of a function below, given as it is mangled.
Function Library(const std::string& name) {
  std::string symbol = "_ZN4absl";
#if ABSL_OPTION_USE_INLINE_NAMESPACE
  const std::string version = NAME_OF_VALUE(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  symbol += std::to_string(version.size()) + version;
#endif
  symbol += "5Mutex" + name + "Ev";
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, symbol.c_str()));
}

}  // namespace

// The program's definitions come before the library's, for gRPC's libraries too.

void absl::Mutex::Lock() {
  static const Function lock = Library("4Lock");
  lock(this);
  __tsan_acquire(this);
}

void absl::Mutex::Unlock() {
  static const Function unlock = Library("6Unlock");
  __tsan_release(this);
  unlock(this);
}

#endif
#endif
