#ifndef CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_ANSWER_H_
#define CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_ANSWER_H_

#include <string>
#include <string_view>
#include <vector>

#include "codec/compression.h"
#include "protocol/model.h"
#include "wire/http_head.h"

namespace connectrpc::test {

// An answer as a client of its protocol reads it.
struct CallAnswer {
  // What is wrong with it on the wire; empty for an answer with one end and nothing after it.
  std::string fault;
  std::vector<std::string> messages;  // decompressed
  HeaderList headers;
  protocol::RpcEnd end;
};

// `body` holds what stands in `bytes`, and the trailers.
CallAnswer ReadCallAnswer(const protocol::RequestMeta& request, const wire::ResponseHead& head,
                          const wire::OutgoingBody& body, std::string_view bytes,
                          const codec::CompressionRegistry& compressions);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_ANSWER_H_
