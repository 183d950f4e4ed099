if(CONNECTRPC_PLUGIN)
  include(${PROJECT_SOURCE_DIR}/tests/views/proto.cmake)
  connectrpc_fuzzer(NAME views_fuzzer SOURCES views_fuzzer.cc LIBS connectrpc::views view_test_protos)
endif()
