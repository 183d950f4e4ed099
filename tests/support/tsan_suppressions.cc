// What the thread sanitizer must not report, read by its runtime.

// gRPC's libraries are not instrumented: that one of their threads was handed an object in order is not seen, and code
// from gRPC's headers, which is instrumented, then looks racy in hundreds of places. So reports are dropped in which
// one side runs below gRPC; between our own threads they stay.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:libgrpc\n";
}
