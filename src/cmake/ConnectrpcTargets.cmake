# How the targets of this project are declared.

# Warnings are errors in our own code, as the top-level project only: a newer compiler must not break those who embed us.
function(connectrpc_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# connectrpc_layer(NAME <layer> SOURCES <file>... [PUBLIC <target>...] [PRIVATE <target>...])
#
# One layer of the library: a folder, a static library `connectrpc_<layer>`, exported as `connectrpc::<layer>`. PUBLIC and PRIVATE are what it
# links; the layers among them must lie below it (tests/rules/layers.cmake checks the includes).
function(connectrpc_layer)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target connectrpc_${ARG_NAME})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(connectrpc::${ARG_NAME} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_include_directories(${target}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${ARG_NAME})
  # The code is position-independent, so that a shared library may hold it. Without this, gcc would then keep every call
  # of a public function, also those within a file, open to another definition at run time, and inline none of them.
  target_compile_options(${target} PRIVATE -fno-semantic-interposition)
  connectrpc_warnings(${target})
  set_property(GLOBAL APPEND PROPERTY CONNECTRPC_INSTALLED_TARGETS ${target})
endfunction()

# connectrpc_proto_library(NAME <target> IMPORT_DIR <dir> PROTOS <file>... [GRPC])
#
# The C++ code of .proto files as a static library; with GRPC also that of their services. PROTOS are relative to IMPORT_DIR.
function(connectrpc_proto_library)
  cmake_parse_arguments(ARG "GRPC" "NAME;IMPORT_DIR" "PROTOS" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}_proto)
  file(MAKE_DIRECTORY ${out})
  set(generated)
  foreach(proto IN LISTS ARG_PROTOS)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(files ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(command protobuf::protoc --cpp_out=${out} -I${ARG_IMPORT_DIR} ${ARG_IMPORT_DIR}/${proto})
    if(ARG_GRPC)
      list(APPEND files ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      list(APPEND command --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(OUTPUT ${files} COMMAND ${command} DEPENDS ${ARG_IMPORT_DIR}/${proto} VERBATIM)
    list(APPEND generated ${files})
  endforeach()
  add_library(${ARG_NAME} STATIC ${generated})
  target_include_directories(${ARG_NAME} SYSTEM PUBLIC ${out})
  target_link_libraries(${ARG_NAME} PUBLIC protobuf::libprotobuf $<$<BOOL:${ARG_GRPC}>:gRPC::grpc++>)
endfunction()
