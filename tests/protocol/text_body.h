#ifndef CONNECTRPC_TESTS_PROTOCOL_TEXT_BODY_H_
#define CONNECTRPC_TESTS_PROTOCOL_TEXT_BODY_H_

#include <optional>
#include <string>
#include <string_view>

// The bodies of text forms. Nothing here needs a test framework, so that fuzz targets use it too.
namespace connectrpc::test {

// The base64 of `bytes`, padded.
std::string PaddedBase64(std::string_view bytes);

// What a row of padded texts stands for; nothing for anything else, a last text without its padding included.
std::optional<std::string> ReadPaddedBase64(std::string_view text);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_TEXT_BODY_H_
