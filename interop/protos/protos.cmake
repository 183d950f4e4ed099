# Descriptors and messages of gRPC's health and reflection services, made below the build directory. Nothing of them is
# registered in the programs that link us: a program may link its own copy, and one name registered twice ends it at
# its start.
#
#   protos/standard_services.inc   the services' descriptors, a serialized FileDescriptorSet, as elements of an array
#   protos/reflection_messages.pb  reflection's messages under a name of ours, lite: they come without descriptors

set(protos_in ${CMAKE_CURRENT_SOURCE_DIR}/protos)
set(protos ${CMAKE_CURRENT_BINARY_DIR}/protos)

# connectrpc_reflection_proto(<file> <package> <options>) - a version of reflection.proto.in.
function(connectrpc_reflection_proto file package options)
  configure_file(${protos_in}/reflection.proto.in ${protos}/${file} @ONLY)
endfunction()
connectrpc_reflection_proto(grpc/reflection/v1/reflection.proto grpc.reflection.v1 "")
connectrpc_reflection_proto(grpc/reflection/v1alpha/reflection.proto grpc.reflection.v1alpha "")
connectrpc_reflection_proto(reflection_messages.proto connectrpc.interop.reflection
                            "option optimize_for = LITE_RUNTIME;\n")

set(services grpc/health/v1/health.proto grpc/reflection/v1/reflection.proto grpc/reflection/v1alpha/reflection.proto)
add_custom_command(
  OUTPUT ${protos}/standard_services.inc
  COMMAND protobuf::protoc -I${protos_in} -I${protos} --descriptor_set_out=${protos}/standard_services.binpb ${services}
  COMMAND ${CMAKE_COMMAND} -DINPUT=${protos}/standard_services.binpb -DOUTPUT=${protos}/standard_services.inc
          -P ${protos_in}/bytes.cmake
  DEPENDS ${protos_in}/grpc/health/v1/health.proto ${protos}/grpc/reflection/v1/reflection.proto
          ${protos}/grpc/reflection/v1alpha/reflection.proto ${protos_in}/bytes.cmake
  VERBATIM)
add_custom_command(
  OUTPUT ${protos}/reflection_messages.pb.cc ${protos}/reflection_messages.pb.h
  COMMAND protobuf::protoc -I${protos} --cpp_out=${protos} reflection_messages.proto
  DEPENDS ${protos}/reflection_messages.proto
  VERBATIM)
# Not ours to keep free of warnings.
set_source_files_properties(${protos}/reflection_messages.pb.cc PROPERTIES COMPILE_OPTIONS -w)
