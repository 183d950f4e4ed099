if(CONNECTRPC_PLUGIN)
  include(${PROJECT_SOURCE_DIR}/tests/views/proto.cmake)
  connectrpc_fuzzer(NAME view_json_fuzzer SOURCES view_json_fuzzer.cc LIBS connectrpc::codec view_test_protos)
  connectrpc_fuzzer(NAME views_fuzzer SOURCES views_fuzzer.cc LIBS connectrpc::views view_test_protos
                    SEEDS seeds/views)
  connectrpc_fuzzer(NAME views_walk_fuzzer SOURCES views_walk_fuzzer.cc LIBS connectrpc::views view_test_protos
                    SEEDS seeds/views_walk)
  connectrpc_fuzzer(NAME view_text_fuzzer SOURCES view_text_fuzzer.cc LIBS connectrpc::views view_test_protos)
endif()
