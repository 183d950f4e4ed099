connectrpc_fuzzer(NAME http1_session_fuzzer SOURCES http1_session_fuzzer.cc LIBS connectrpc::http
  SEEDS seeds/http1_session)
connectrpc_fuzzer(NAME http1_client_session_fuzzer SOURCES http1_client_session_fuzzer.cc LIBS connectrpc::http
  SEEDS seeds/http1_client_session)
