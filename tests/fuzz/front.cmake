# What connect-front reads of others needs no gRPC: the sources themselves, since interop/ is not built here.
connectrpc_fuzzer(
  NAME descriptors_fuzzer
  SOURCES descriptors_fuzzer.cc ${PROJECT_SOURCE_DIR}/interop/front/descriptor_files.cc
          ${PROJECT_SOURCE_DIR}/interop/front/reflection_wire.cc
  LIBS protobuf::libprotobuf absl::statusor
  SEEDS seeds/descriptors)
