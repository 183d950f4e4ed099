# The messages of the tests and fuzz targets of codecs, whichever of the two is built.
if(NOT TARGET codec_test_proto)
  connectrpc_proto_library(NAME codec_test_proto IMPORT_DIR ${PROJECT_SOURCE_DIR}/tests/codec PROTOS codec_test.proto json_kinds.proto json_old.proto)
endif()
