# connectrpc_generate(TARGET <target> PROTOS <file>...
#                     [IMPORT_DIRS <dir>...] [OUT_DIR <dir>] [GRPC] [OPTIONS <plugin option>...])
#
# Adds to TARGET, a library or program made in the same directory, the C++ code of .proto files: messages (x.pb.h) and
# clients (x.connect.pb.h); with GRPC also gRPC's stubs and services (x.grpc.pb.h), and with the option `direct` what
# mounts these services without gRPC between (x.connect.grpc.pb.h); with the option `views` also views of messages
# (x.view.pb.h), and in x.connect.grpc.pb.h what has methods take them. TARGET, and whoever links it, includes them and
# links what they need: connectrpc::client and protobuf, with GRPC also gRPC::grpc++, with `direct` also connectrpc::interop,
# with `views` also connectrpc::views and, where they were built, the views of protobuf's own messages,
# connectrpc::well_known_views.
#
#   PROTOS       absolute, relative to the current source directory, or relative to one of IMPORT_DIRS
#   IMPORT_DIRS  where imports are looked for, in this order; a .proto is known by its path in the first that holds it.
#                Default: the current source directory. protobuf's own (google/protobuf/...) need no mention.
#   OUT_DIR      where the code goes; default: <target>_generated in the current binary directory
#   OPTIONS      for protoc-gen-connect-cpp: mocks, coroutines, client=false, views, validate_utf8=false,
#                and direct, which needs GRPC (docs/codegen.md)
#
# Code is made anew when a .proto or one of its imports, protoc or a plugin changes; files that come out the same are
# not touched, so nothing is compiled again for them. To compile for another machine, build with CONNECTRPC_PLUGIN=OFF and
# make connectrpc::protoc-gen-connect-cpp an imported executable of this one; before add_subdirectory, for the views of
# protobuf's own messages to be built.
include_guard(GLOBAL)

# Sets `result` to the name by which protoc knows `proto`, its path in the first of `dirs` that holds it.
function(connectrpc_proto_name proto dirs result)
  set(found ${proto})
  if(NOT IS_ABSOLUTE ${proto})
    foreach(dir IN LISTS CMAKE_CURRENT_SOURCE_DIR dirs)
      if(EXISTS ${dir}/${proto})
        set(found ${dir}/${proto})
        break()
      endif()
    endforeach()
    if(NOT IS_ABSOLUTE ${found})
      message(FATAL_ERROR "connectrpc_generate: there is no ${proto} in ${CMAKE_CURRENT_SOURCE_DIR}, nor in any of the "
                          "IMPORT_DIRS (${dirs})")
    endif()
  endif()
  cmake_path(NORMAL_PATH found)
  foreach(dir IN LISTS dirs)
    cmake_path(IS_PREFIX dir ${found} is_in)
    if(is_in)
      cmake_path(RELATIVE_PATH found BASE_DIRECTORY ${dir} OUTPUT_VARIABLE name)
      set(${result} ${name} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "connectrpc_generate: ${found} lies in none of the IMPORT_DIRS (${dirs})")
endfunction()

function(connectrpc_generate)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "GRPC" "TARGET;OUT_DIR" "PROTOS;IMPORT_DIRS;OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "connectrpc_generate: unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  elseif(NOT ARG_TARGET OR NOT ARG_PROTOS)
    message(FATAL_ERROR "connectrpc_generate needs TARGET and PROTOS")
  elseif(NOT TARGET ${ARG_TARGET})
    message(FATAL_ERROR "connectrpc_generate: there is no target ${ARG_TARGET} yet")
  endif()
  get_target_property(target_dir ${ARG_TARGET} SOURCE_DIR)
  if(NOT target_dir STREQUAL CMAKE_CURRENT_SOURCE_DIR)
    message(FATAL_ERROR "connectrpc_generate: call it in the directory that makes ${ARG_TARGET}, ${target_dir}")
  endif()
  list(JOIN ARG_OPTIONS "," options)
  set(direct FALSE)
  if(options MATCHES "(^|,)direct(=true)?(,|$)")
    set(direct TRUE)
  endif()
  set(views FALSE)
  if(options MATCHES "(^|,)views(=true)?(,|$)")
    set(views TRUE)
  endif()
  if(direct AND NOT ARG_GRPC)
    message(FATAL_ERROR "connectrpc_generate: the option direct needs GRPC, which generates the services it mounts")
  endif()
  # Found by us, as a subdirectory, they are not known to the directory above it.
  if(NOT TARGET protobuf::protoc OR NOT TARGET protobuf::libprotobuf)
    find_package(Protobuf REQUIRED)
  endif()
  if(ARG_GRPC AND NOT (TARGET gRPC::grpc_cpp_plugin AND TARGET gRPC::grpc++))
    find_package(gRPC REQUIRED)
  endif()
  set(needed protobuf::protoc protobuf::libprotobuf connectrpc::protoc-gen-connect-cpp connectrpc::client)
  if(ARG_GRPC)
    list(APPEND needed gRPC::grpc_cpp_plugin gRPC::grpc++)
  endif()
  if(direct)
    list(APPEND needed connectrpc::interop)
  endif()
  foreach(target IN LISTS needed)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "connectrpc_generate needs the target ${target}")
    endif()
  endforeach()

  set(dirs ${ARG_IMPORT_DIRS})
  if(NOT dirs)
    set(dirs ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  set(absolute_dirs)
  foreach(dir IN LISTS dirs)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    string(REGEX REPLACE "(.)/$" "\\1" dir ${dir})
    list(APPEND absolute_dirs ${dir})
  endforeach()
  set(dirs ${absolute_dirs})
  set(out ${ARG_OUT_DIR})
  if(NOT out)
    set(out ${ARG_TARGET}_generated)
  endif()
  cmake_path(ABSOLUTE_PATH out BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)
  set(scratch ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${ARG_TARGET}.protoc)
  file(MAKE_DIRECTORY ${out})  # or it could not be an include directory yet

  list(TRANSFORM dirs PREPEND -I OUTPUT_VARIABLE imports)
  set(plugins --plugin=protoc-gen-connect-cpp=$<TARGET_FILE:connectrpc::protoc-gen-connect-cpp>)
  set(outputs --cpp_out=${scratch} --connect-cpp_out=${scratch})
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/ConnectrpcRunProtoc.cmake)
  set(made_by protobuf::protoc connectrpc::protoc-gen-connect-cpp ${script})
  set(suffixes .pb.h .pb.cc .connect.pb.h .connect.pb.cc)
  if(options)
    list(APPEND outputs --connect-cpp_opt=${options})
    if(options MATCHES "(^|,)mocks(=true)?(,|$)")
      list(APPEND suffixes _mock.connect.pb.h)
    endif()
    if(direct)
      list(APPEND suffixes .connect.grpc.pb.h .connect.grpc.pb.cc)
    endif()
  endif()
  if(views)
    list(APPEND suffixes .view.pb.h .view.pb.cc)
  endif()
  if(ARG_GRPC)
    list(APPEND plugins --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    list(APPEND outputs --grpc_out=${scratch})
    list(APPEND made_by gRPC::grpc_cpp_plugin)
    list(APPEND suffixes .grpc.pb.h .grpc.pb.cc)
  endif()

  set(generated)
  foreach(proto IN LISTS ARG_PROTOS)
    connectrpc_proto_name(${proto} "${dirs}" name)
    string(REGEX REPLACE "\\.proto(devel)?$" "" stem ${name})
    list(TRANSFORM suffixes PREPEND ${stem} OUTPUT_VARIABLE files)
    list(TRANSFORM files PREPEND ${out}/ OUTPUT_VARIABLE paths)
    string(MAKE_C_IDENTIFIER ${name} id)
    add_custom_command(
      OUTPUT ${paths}
      COMMAND ${CMAKE_COMMAND} -DSCRATCH=${scratch} -DOUT=${out} -DDEPFILE=${scratch}/${id}.d "-DFILES=${files}"
              -P ${script} --
              $<TARGET_FILE:protobuf::protoc> ${imports} ${plugins} ${outputs} ${name}
      DEPENDS ${made_by}
      DEPFILE ${scratch}/${id}.d
      COMMENT "Generating C++ from ${name}"
      VERBATIM)
    list(APPEND generated ${paths})
  endforeach()

  target_sources(${ARG_TARGET} PRIVATE ${generated})
  target_include_directories(${ARG_TARGET} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>)
  target_link_libraries(${ARG_TARGET} PUBLIC connectrpc::client protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(${ARG_TARGET} PUBLIC gRPC::grpc++)
  endif()
  if(views)
    target_link_libraries(${ARG_TARGET} PUBLIC connectrpc::views)
    if(TARGET connectrpc::well_known_views)
      target_link_libraries(${ARG_TARGET} PUBLIC connectrpc::well_known_views)
    endif()
  endif()
  if(direct)
    target_link_libraries(${ARG_TARGET} PUBLIC connectrpc::interop)
  endif()
endfunction()
