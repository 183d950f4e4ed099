#ifndef CONNECTRPC_TESTS_FUZZ_PROTOBUF_LOG_H_
#define CONNECTRPC_TESTS_FUZZ_PROTOBUF_LOG_H_

#include <google/protobuf/stubs/common.h>

#include <cstdlib>

#if GOOGLE_PROTOBUF_VERSION < 4022000
#include <google/protobuf/stubs/logging.h>
#endif

namespace connectrpc::test {

// Makes a failed check inside protobuf a finding, though our code would catch its exception, and all else silent.
inline void AbortOnProtobufFailure() {
#if GOOGLE_PROTOBUF_VERSION < 4022000
  google::protobuf::SetLogHandler([](google::protobuf::LogLevel level, const char*, int, const std::string&) {
    if (level == google::protobuf::LOGLEVEL_FATAL) std::abort();
  });
#endif
}

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_FUZZ_PROTOBUF_LOG_H_
