#include "net/tls_bio.h"

#include <algorithm>
#include <string_view>

namespace connectrpc::net {
namespace {

TlsBio* Of(BIO* bio) {
  return static_cast<TlsBio*>(BIO_get_data(bio));
}

int Read(BIO* bio, char* buffer, size_t size, size_t* read) {
  TlsBio* const self = Of(bio);
  BIO_clear_retry_flags(bio);
  *read = 0;
  if (self->read_budget == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  const size_t wanted = std::min(size, self->read_budget);
  const IoResult result = self->socket->Read(buffer, wanted);
  switch (result.status) {
    case IoStatus::kOk:
      // Less than was asked for: the socket is empty, and asking again would only confirm it.
      self->read_budget = result.bytes < wanted ? 0 : self->read_budget - result.bytes;
      *read = result.bytes;
      return 1;
    case IoStatus::kWouldBlock:
      BIO_set_retry_read(bio);
      return 0;
    case IoStatus::kEnd:
      self->ended = true;
      return 0;
    case IoStatus::kError:
      return 0;
  }
  return 0;
}

int Write(BIO* bio, const char* bytes, size_t size, size_t* written) {
  BIO_clear_retry_flags(bio);
  *written = 0;
  try {
    Of(bio)->output.Append(std::string_view(bytes, size));
  } catch (...) {  // out of memory; nothing may be thrown through OpenSSL
    return 0;
  }
  *written = size;
  return 1;
}

long Control(BIO* bio, int command, long, void*) {  // NOLINT: OpenSSL's types
  switch (command) {
    case BIO_CTRL_EOF:
      return Of(bio)->ended ? 1 : 0;
    case BIO_CTRL_FLUSH:
      return 1;
    default:
      return 0;
  }
}

// The same for all, and never changed: OpenSSL wants it to live as long as any BIO. The type needs no number of its
// own, of which OpenSSL has few.
const BIO_METHOD* Method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "connectrpc");
    if (method == nullptr) return method;
    BIO_meth_set_read_ex(method, Read);
    BIO_meth_set_write_ex(method, Write);
    BIO_meth_set_ctrl(method, Control);
    return method;
  }();
  return kMethod;
}

}  // namespace

BioPtr TlsBio::NewBio() {
  if (Method() == nullptr) return nullptr;
  BioPtr bio(BIO_new(Method()));
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio.get(), this);
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace connectrpc::net
