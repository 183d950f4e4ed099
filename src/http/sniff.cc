#include "http/sessions.h"

namespace connectrpc::http {

Sniffed SniffPreface(std::string_view first_bytes) {
  const std::string_view compared = first_bytes.substr(0, kHttp2Preface.size());
  if (compared != kHttp2Preface.substr(0, compared.size())) return Sniffed::kHttp1;
  return compared.size() == kHttp2Preface.size() ? Sniffed::kHttp2 : Sniffed::kNeedMore;
}

}  // namespace connectrpc::http
