#ifndef CONNECTRPC_SRC_PROTOCOL_SENDABLE_END_H_
#define CONNECTRPC_SRC_PROTOCOL_SENDABLE_END_H_

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
  // Points `*list` at a copy without invalid fields in `*valid`, if it has such fields.
  void Check(const HeaderList** list, HeaderList* valid);

  const Error* error_;
  const HeaderList* headers_;
  const HeaderList* trailers_;
  // Used only in place of what cannot be sent.
  Error replaced_error_;
  HeaderList valid_headers_;
  HeaderList valid_trailers_;
};

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_SENDABLE_END_H_
