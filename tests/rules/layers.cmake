# A layer includes only what lies below it, and a foreign library enters through one door (docs/design.md).
#
#   cmake -DROOT=<source tree> -P layers.cmake
#
# Below, for each folder: what its files may include, as regular expressions of the text between <> or "". Every include
# has to match one.

cmake_minimum_required(VERSION 3.25)

# The standard library, less what has no place in code without I/O: threads, clocks and streams.
set(pure_std "[a-z0-9_]+")
set(not_pure "thread|mutex|shared_mutex|condition_variable|future|iostream|fstream")
set(absl "absl/.*")
set(api "connectrpc/[a-z_]+\\.h")
set(testing "connectrpc/testing/[a-z_]+\\.h")
set(protobuf "google/protobuf/.*" "utf8_validity\\.h")  # the latter comes with protobuf 22 and later
set(system "sys/.*" "netinet/.*" "arpa/.*" "unistd\\.h" "fcntl\\.h" "poll\\.h" "netdb\\.h" "signal\\.h" "pthread\\.h")

set(allowed_in_src_wire "wire/.*" ${api})
# mutex: codecs are shared by all loops and keep what they have learnt about message types.
set(allowed_in_src_codec "codec/.*" "wire/.*" ${api} ${absl} ${protobuf} "mutex" "zlib\\.h" "zstd\\.h"
    "brotli/(decode|encode)\\.h" "snappy\\.h")
set(allowed_in_src_protocol "protocol/.*" "codec/.*" "wire/.*" ${api} ${absl} ${protobuf})
set(allowed_in_src_http "http/.*" "wire/.*" ${api} ${absl} "nghttp2/.*" "sys/types\\.h" "boost/beast/.*"
    "boost/asio/buffer\\.hpp" "boost/(core|intrusive|system)/.*")
set(allowed_in_src_net "net/.*" "wire/.*" ${api} ${absl} "boost/(asio|core|intrusive|system)/.*"
    "boost/asio\\.hpp" "openssl/.*" "linux/filter\\.h" ${system})
set(allowed_in_src_server "(server|net|http|protocol|codec|wire)/.*" ${api} ${absl} ${protobuf})
# The typed calls of generated clients, over any transport; and the transport over HTTP. They do not know each other.
set(allowed_in_src_client "(client|codec|wire)/.*" ${api} ${absl} ${protobuf})
# What tests of users' code link beside it.
set(allowed_in_src_client_testing "(client|codec|wire)/.*" ${api} ${testing} ${absl} ${protobuf})
set(allowed_in_src_transport "(transport|net|http|protocol|codec|wire)/.*" ${api} ${absl}
    "boost/intrusive/.*")
set(allowed_in_interop "interop/.*" "(server|net|http|protocol|codec|wire)/.*" ${api} "connectrpc/interop/.*" ${absl}
    ${protobuf} "(grpc|grpcpp)/.*")
# A program: it takes signals, and reads its command line by Boost.
set(allowed_in_interop_front "interop/.*" "net/address\\.h" ${api} "connectrpc/interop/.*" ${absl} ${protobuf}
    "(grpc|grpcpp)/.*" "boost/program_options\\.hpp" ${system})
# A program that uses the library from outside.
set(allowed_in_interop_peers "interop/peers/.*" ${api} "connectrpc/interop/.*" "(grpc|grpcpp)/.*"
    "peer\\.(connect|grpc)\\.pb\\.h" "google/rpc/status\\.pb\\.h" ${system})
set(allowed_in_plugin "plugin/.*" ${absl} ${protobuf})
set(allowed_in_include ${api} ${testing} "connectrpc/views/view\\.h" ${absl} ${protobuf})
set(allowed_in_include_connectrpc_interop ${api} "connectrpc/interop/.*" ${absl} ${protobuf} "grpcpp/.*")
# Code that reads what strangers sent, for whoever has nothing but a compiler.
set(allowed_in_include_connectrpc_views "connectrpc/views/.*" "connectrpc/version\\.h"
    "sanitizer/(asan|msan)_interface\\.h"  # under them alone
    "emmintrin\\.h")  # SSE2, which every x86-64 has
set(with_threads src/net src/server src/client src/client/testing src/transport include interop interop/front interop/peers include/connectrpc/interop plugin)

# Most specific first: a file belongs to the first folder that holds it.
set(folders src/wire src/codec src/protocol src/http src/net src/server src/client/testing src/client src/transport interop/front interop/peers interop plugin
    include/connectrpc/interop include/connectrpc/views include)

# Sets `result` to the number of the line of `file` that `text` begins.
function(line_number file text result)
  file(READ ${file} content)
  string(FIND "\n${content}" "\n${text}" at)
  string(SUBSTRING "\n${content}" 0 ${at} before)
  string(REGEX REPLACE "[^\n]" "" newlines "${before}")
  string(LENGTH "${newlines}" count)
  math(EXPR count "${count} + 1")
  set(${result} ${count} PARENT_SCOPE)
endfunction()

set(checked 0)
set(wrong 0)
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/src/*.h ${ROOT}/src/*.cc ${ROOT}/interop/*.h ${ROOT}/interop/*.cc
     ${ROOT}/include/*.h ${ROOT}/plugin/*.h ${ROOT}/plugin/*.cc)
foreach(file IN LISTS files)
  set(folder)
  foreach(candidate IN LISTS folders)
    string(FIND "${file}" "${candidate}/" at)
    if(at EQUAL 0 AND NOT folder)
      set(folder ${candidate})
    endif()
  endforeach()
  if(NOT folder)
    message("${file}:1: belongs to no layer; see tests/rules/layers.cmake")
    math(EXPR wrong "${wrong} + 1")
    continue()
  endif()
  string(REPLACE "/" "_" name ${folder})
  list(JOIN allowed_in_${name} "|" allowed)

  file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    math(EXPR checked "${checked} + 1")
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]*)[>\"].*$" "\\1" header "${line}")
    if(header MATCHES "^(${allowed})$")
      continue()
    elseif(header MATCHES "^${pure_std}$" AND (folder IN_LIST with_threads OR NOT header MATCHES "^(${not_pure})$"))
      continue()
    endif()
    line_number(${ROOT}/${file} "${line}" number)
    message("${file}:${number}: ${folder} must not include ${header}; see tests/rules/layers.cmake")
    math(EXPR wrong "${wrong} + 1")
  endforeach()
endforeach()

if(checked EQUAL 0)
  message(FATAL_ERROR "no includes found below ${ROOT}")
elseif(wrong GREATER 0)
  message(FATAL_ERROR "${wrong} of ${checked} includes are against the layers")
endif()
message("${checked} includes follow the layers")
