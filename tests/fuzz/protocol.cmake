foreach(name connect_error end_stream google_rpc_status grpc_web_end request_head)
  connectrpc_fuzzer(NAME ${name}_fuzzer SOURCES ${name}_fuzzer.cc LIBS connectrpc::protocol
    SEEDS seeds/${name})
endforeach()
