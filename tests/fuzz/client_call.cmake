connectrpc_fuzzer(NAME client_call_fuzzer
  SOURCES
    client_call_fuzzer.cc
    ../protocol/call_registries.cc
    ../protocol/client_call_run.cc
    ../protocol/client_call_script.cc
    ../protocol/heap_use.cc
    ../protocol/script_lines.cc
  LIBS connectrpc::protocol
  SEEDS ../transcripts/client_call)
