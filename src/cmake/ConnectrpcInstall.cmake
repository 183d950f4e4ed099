# The public headers, each with the layer that implements it, and what `cmake --install` puts where.

# connectrpc_public_headers(<layer> <file>...) - FILEs relative to include/.
function(connectrpc_public_headers layer)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/include/)
  get_target_property(type connectrpc_${layer} TYPE)
  set(scope PUBLIC)
  if(type STREQUAL INTERFACE_LIBRARY)
    set(scope INTERFACE)
  endif()
  target_sources(connectrpc_${layer} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${ARGN})
  # The target all_verify_interface_header_sets (test rules.headers) compiles each of them alone.
  set_target_properties(connectrpc_${layer} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  set_property(GLOBAL APPEND PROPERTY CONNECTRPC_PUBLIC_HEADERS ${ARGN})
endfunction()

connectrpc_public_headers(views connectrpc/views/arena.h connectrpc/views/codecs.h connectrpc/views/compiler.h
                          connectrpc/views/debug_string.h connectrpc/views/decoder.h
                          connectrpc/views/element_builder.h connectrpc/views/encoder.h connectrpc/views/equals.h
                          connectrpc/views/fields.h connectrpc/views/map.h connectrpc/views/map_settling.h
                          connectrpc/views/parse.h connectrpc/views/parse_options.h connectrpc/views/repeated.h
                          connectrpc/views/table.h connectrpc/views/text_writer.h connectrpc/views/unknown_fields.h
                          connectrpc/views/utf8.h connectrpc/views/varints.h connectrpc/views/view.h
                          connectrpc/views/wire_reader.h connectrpc/views/wire_record.h)
connectrpc_public_headers(wire connectrpc/code.h connectrpc/error.h connectrpc/header_list.h connectrpc/protocol.h
                          connectrpc/compression.h connectrpc/owned_view.h connectrpc/payload.h connectrpc/tls.h connectrpc/version.h
                          connectrpc/method_spec.h connectrpc/call_loop.h connectrpc/call_options.h
                          connectrpc/client_limits.h connectrpc/transport.h)
connectrpc_public_headers(codec connectrpc/json_format.h connectrpc/view_json.h)
connectrpc_public_headers(server connectrpc/cors.h connectrpc/http_handler.h connectrpc/interceptor.h connectrpc/limits.h
                          connectrpc/observers.h connectrpc/server.h)
connectrpc_public_headers(client connectrpc/cancellation.h connectrpc/client.h connectrpc/client_call.h
                          connectrpc/client_interceptor.h connectrpc/client_stream.h connectrpc/error_details.h
                          connectrpc/response_slot.h connectrpc/result.h connectrpc/status.h)
connectrpc_public_headers(testing connectrpc/testing/fake_streams.h connectrpc/testing/in_memory_transport.h)
connectrpc_public_headers(transport connectrpc/http_transport.h)
# C++20: a set of its own, which rules.headers leaves out; its test compiles it.
target_sources(connectrpc_client PUBLIC FILE_SET cxx20_headers TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include
               FILES ${PROJECT_SOURCE_DIR}/include/connectrpc/coroutine.h)
set_target_properties(connectrpc_client PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
set_property(GLOBAL APPEND PROPERTY CONNECTRPC_PUBLIC_HEADERS ${PROJECT_SOURCE_DIR}/include/connectrpc/coroutine.h)
if(CONNECTRPC_INTEROP)
  connectrpc_public_headers(interop connectrpc/interop/call_info.h connectrpc/interop/serve_http.h
                            connectrpc/interop/direct.h connectrpc/interop/direct_stream.h
                            connectrpc/interop/grpc_channel.h
                            connectrpc/interop/grpc_internals.h connectrpc/interop/grpc_status.h
                            connectrpc/interop/opened.h connectrpc/interop/view_message.h
                            connectrpc/interop/view_method.h)
endif()

# A header that is forgotten above would be missing from the installed package only.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.h)
if(NOT CONNECTRPC_INTEROP)
  list(FILTER headers EXCLUDE REGEX "/connectrpc/interop/")
endif()
get_property(public_headers GLOBAL PROPERTY CONNECTRPC_PUBLIC_HEADERS)
list(REMOVE_ITEM headers ${public_headers})
if(headers)
  message(FATAL_ERROR "no layer in ConnectrpcInstall.cmake has these public headers: ${headers}")
endif()

if(NOT CONNECTRPC_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/connectrpc)

get_property(targets GLOBAL PROPERTY CONNECTRPC_INSTALLED_TARGETS)
foreach(target IN LISTS targets)
  get_target_property(header_sets ${target} INTERFACE_HEADER_SETS)
  list(TRANSFORM header_sets PREPEND "FILE_SET;")
  install(TARGETS ${target} EXPORT connectrpcTargets ${header_sets})
endforeach()
install(EXPORT connectrpcTargets NAMESPACE connectrpc:: DESTINATION ${package_dir})

configure_package_config_file(src/cmake/ConnectrpcConfig.cmake.in ${PROJECT_BINARY_DIR}/connectrpcConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break what used the one before.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/connectrpcConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/connectrpcConfig.cmake ${PROJECT_BINARY_DIR}/connectrpcConfigVersion.cmake
              src/cmake/ConnectrpcGenerate.cmake src/cmake/ConnectrpcRunProtoc.cmake
        DESTINATION ${package_dir})

# For builds by pkg-config: connectrpc for clients, connectrpc-interop for servers.
set(CONNECTRPC_PC_COMPRESSION)
if(CONNECTRPC_BROTLI)
  string(APPEND CONNECTRPC_PC_COMPRESSION " libbrotlidec libbrotlienc")
endif()
if(CONNECTRPC_SNAPPY)
  string(APPEND CONNECTRPC_PC_COMPRESSION " snappy")
endif()
set(CONNECTRPC_PC_WELL_KNOWN_VIEWS)
if(TARGET connectrpc_well_known_views)
  set(CONNECTRPC_PC_WELL_KNOWN_VIEWS " -lconnectrpc_well_known_views")
endif()
file(RELATIVE_PATH CONNECTRPC_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(pc_files connectrpc)
if(CONNECTRPC_INTEROP)
  list(APPEND pc_files connectrpc-interop)
endif()
foreach(name IN LISTS pc_files)
  configure_file(src/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
