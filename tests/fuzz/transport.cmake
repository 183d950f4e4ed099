connectrpc_fuzzer(NAME retry_info_fuzzer SOURCES retry_info_fuzzer.cc LIBS connectrpc::transport)
connectrpc_fuzzer(NAME url_fuzzer SOURCES url_fuzzer.cc LIBS connectrpc::transport)
