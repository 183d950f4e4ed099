// Whatever a peer sends: what ReadMetadata gives is metadata that gRPC takes, and survives WriteMetadata.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/metadata.h"

namespace {

using namespace connectrpc::wire;  // NOLINT(google-build-using-namespace): all of it is under test
using connectrpc::HeaderField;
using connectrpc::HeaderList;

void Check(bool condition) {
  if (!condition) std::abort();
}

// "name=value" lines.
HeaderList FieldsOf(std::string_view input) {
  HeaderList headers;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    const size_t end = std::min(line.find('='), line.size());
    headers.AddLowerCased(line.substr(0, end), line.substr(std::min(end + 1, line.size())));
  }
  return headers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Check(IsValidMetadataValue(Quoted(input)));
  const HeaderList headers = FieldsOf(input);
  HeaderList metadata;
  std::string offender;
  if (ReadMetadata(headers, &metadata, &offender) != MetadataError::kNone) {
    Check(headers.Count(offender) > 0);
    return 0;
  }

  Check(metadata.ListSize() <= std::max<size_t>(4 * headers.ListSize(), 8192));
  Check(metadata.Count("cookie") <= 1);
  HeaderList expected;
  for (HeaderField field : metadata) {
    Check(IsValidMetadataName(field.name) && !IsReservedRequestName(field.name));
    Check(IsBinaryName(field.name) || IsValidMetadataValue(field.value));
    if (!IsReservedResponseName(field.name)) expected.Add(field.name, field.value);
  }

  HeaderList written;
  Check(WriteMetadata(metadata, "", &written, &offender));
  for (HeaderField field : written) Check(IsValidMetadataValue(field.value));
  HeaderList again;
  Check(ReadMetadata(written, &again, &offender) == MetadataError::kNone);
  Check(again.size() == expected.size());
  for (size_t i = 0; i < again.size(); ++i) {
    Check(again[i].name == expected[i].name);
    Check(again[i].value == expected[i].value);
  }
  return 0;
}
