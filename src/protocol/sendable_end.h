#ifndef CONNECTRPC_SRC_PROTOCOL_SENDABLE_END_H_
#define CONNECTRPC_SRC_PROTOCOL_SENDABLE_END_H_

#include <memory>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "protocol/model.h"

namespace connectrpc::protocol {

// An end as it may leave for the wire, whatever a handler has put into it: metadata that is not valid turns a success
// into an `internal` error and is left out, a code outside 0 to 16 becomes `unknown`. Refers to its sources, which must
// outlive it.
class SendableEnd final {
 public:
  // `headers`: the metadata of the head if it is to be sent with the end, otherwise null.
  SendableEnd(const HeaderList* headers, const RpcEnd& end);
  SendableEnd(const SendableEnd&) = delete;
  SendableEnd& operator=(const SendableEnd&) = delete;

  const Error& error() const { return *error_; }
  const HeaderList& headers() const { return *headers_; }
  const HeaderList& trailers() const { return *trailers_; }

 private:
  // In place of what cannot be sent.
  struct Replacement {
    Error error;
    HeaderList headers;
    HeaderList trailers;
  };

  // Points `*list` at a copy without invalid fields, in the replacement's `valid`, if it has such fields.
  void Check(const HeaderList** list, HeaderList Replacement::*valid);
  Replacement& replacement();

  const Error* error_;
  const HeaderList* headers_;
  const HeaderList* trailers_;
  const HeaderList no_headers_;
  std::unique_ptr<Replacement> replacement_;  // made when needed, which is hardly ever
};

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_SENDABLE_END_H_
