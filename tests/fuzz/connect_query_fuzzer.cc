// What ParseConnectQuery takes, FormatConnectQuery writes so that it reads the same; and any message can be written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/connect_query.h"

namespace {

using connectrpc::wire::ConnectQuery;
using connectrpc::wire::FormatConnectQuery;
using connectrpc::wire::ParseConnectQuery;

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckRoundTrip(std::string_view codec, std::string_view compression, std::string_view message) {
  const std::string text = FormatConnectQuery(codec, compression, message);
  for (char c : text) Check(c > 0x20 && c < 0x7f);
  ConnectQuery query;
  std::string error;
  Check(ParseConnectQuery(text, &query, &error));
  Check(query.connect == "v1");
  Check(query.encoding == codec);
  Check(query.compression.value_or("") == compression);
  Check(query.message == message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto target = connectrpc::wire::SplitTarget(input);
  Check(target.path.find('?') == std::string_view::npos);
  Check(target.path.size() + target.query.size() <= std::max<size_t>(1, size));

  ConnectQuery query;
  std::string error;
  if (ParseConnectQuery(target.query, &query, &error)) {
    CheckRoundTrip(query.encoding.value_or(""), query.compression.value_or(""), query.message.value_or(""));
  } else {
    Check(!error.empty());
  }
  for (const char* codec : {"proto", "json"}) {
    CheckRoundTrip(codec, "", input);
    CheckRoundTrip(codec, "gzip", input);
  }
  return 0;
}
