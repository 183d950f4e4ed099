// What the thread sanitizer must not report, read by its runtime.

// gRPC's libraries are not instrumented: that one of their threads was handed an object in order is not seen, and code
// from gRPC's headers, which is instrumented, then looks racy in hundreds of places. So reports are dropped in which
// one side runs below gRPC; between our own threads they stay. The same holds for the mutex, Abseil's, under which a
// reactor keeps what was asked for before it was bound; there only what the binding itself touches is meant.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:libgrpc\nrace_top:InternalBind\n";
}
