connectrpc_fuzzer(NAME http2_session_fuzzer SOURCES http2_session_fuzzer.cc LIBS connectrpc::http
  SEEDS seeds/http2_session)
connectrpc_fuzzer(NAME http2_client_session_fuzzer SOURCES http2_client_session_fuzzer.cc LIBS connectrpc::http
  SEEDS seeds/http2_client_session)
