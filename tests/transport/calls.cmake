# Calls, their attempts and connections.

add_library(transport_call_test_support STATIC raw_server.cc recorded_call.cc)
target_include_directories(transport_call_test_support PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(transport_call_test_support PUBLIC connectrpc::transport GTest::gtest PkgConfig::NGHTTP2)
connectrpc_warnings(transport_call_test_support)

connectrpc_test(
  NAME transport_call_test
  SOURCES call_end_test.cc connection_test.cc hostile_server_test.cc http_call_test.cc resend_test.cc
          ../support/test_certificate.cc
  LIBS transport_call_test_support server_test_support OpenSSL::SSL
  LABELS concurrency)

# Counts what the whole program allocates: by itself.
connectrpc_test(
  NAME transport_call_cost_test
  SOURCES call_cost_test.cc ../net/syscall_hooks.cc ../wire/allocations.cc
  LIBS transport_call_test_support)
