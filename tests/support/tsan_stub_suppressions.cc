// As tsan_suppressions.cc, for programs whose stubs run over a transport of ours.

// There one side is a thread of the application, inside of a stub, which our loop hands its batch back to by a
// completion queue of gRPC's: that hand-over is not seen either. So reports with code from gRPC's headers on one side
// are dropped as well.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:libgrpc\n"
         "race:grpc::\n";
}
