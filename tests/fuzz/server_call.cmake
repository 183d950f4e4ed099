connectrpc_fuzzer(NAME server_call_fuzzer
  SOURCES
    server_call_fuzzer.cc
    ../protocol/call_registries.cc
    ../protocol/heap_use.cc
    ../protocol/script_lines.cc
    ../protocol/server_call_answer.cc
    ../protocol/server_call_run.cc
    ../protocol/server_call_script.cc
    ../protocol/text_body.cc
  LIBS connectrpc::protocol
  SEEDS ../transcripts/server_call)
