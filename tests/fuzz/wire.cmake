foreach(name base64_stream connect_query content_type envelope metadata text_forms web_trailers)
  connectrpc_fuzzer(NAME ${name}_fuzzer SOURCES ${name}_fuzzer.cc LIBS connectrpc::wire)
endforeach()
