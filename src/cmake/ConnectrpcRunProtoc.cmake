# What connectrpc_generate runs for one .proto:
#
#   cmake -DSCRATCH=<dir> -DOUT=<dir> -DDEPFILE=<file> -DFILES=<file>... -P ConnectrpcRunProtoc.cmake -- <protoc> <argument>...
#
# protoc, whose arguments send its output to SCRATCH; then FILES, the names of that output, are copied to OUT, those only
# that differ from what is there. DEPFILE tells the build system what the .proto imports.
cmake_minimum_required(VERSION 3.25)

set(command)
set(is_command FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(is_command)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(is_command TRUE)
  endif()
endforeach()

file(MAKE_DIRECTORY ${SCRATCH})
execute_process(COMMAND ${command} --dependency_out=${DEPFILE} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "protoc failed: ${status}")
endif()

# protoc has named what it wrote; ninja wants the name of the first output.
list(GET FILES 0 first)
file(READ ${DEPFILE} dependencies)
string(REGEX REPLACE "^.*: " "${OUT}/${first}: " dependencies "${dependencies}")
file(WRITE ${DEPFILE} "${dependencies}")

foreach(file IN LISTS FILES)
  cmake_path(GET file PARENT_PATH folder)
  file(MAKE_DIRECTORY ${OUT}/${folder})
  file(COPY_FILE ${SCRATCH}/${file} ${OUT}/${file} ONLY_IF_DIFFERENT)
endforeach()
