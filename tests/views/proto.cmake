# What tests and fuzz targets of views parse. Optimised, as it is where it is used: stacks are measured.
if(TARGET view_test_protos)
  return()
endif()
add_library(view_test_protos STATIC)
set(dir ${PROJECT_SOURCE_DIR}/tests/views)
connectrpc_generate(
  TARGET view_test_protos
  PROTOS ${dir}/everything2.proto ${dir}/everything3.proto ${dir}/imported.proto ${dir}/well_known.proto
  IMPORT_DIRS ${dir}
  OPTIONS client=false views)
target_compile_options(view_test_protos PRIVATE -O2)
add_library(unchecked_view_test_protos STATIC)
connectrpc_generate(
  TARGET unchecked_view_test_protos PROTOS ${dir}/unchecked.proto IMPORT_DIRS ${dir}
  OPTIONS client=false views validate_utf8=false)
