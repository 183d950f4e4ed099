#include "protocol/metadata_fields.h"

#include "wire/metadata.h"
#include "wire/text.h"

namespace connectrpc::protocol {
namespace {

std::string InQuotes(std::string_view peer_text) {
  return "\"" + wire::Quoted(peer_text) + "\"";
}

Error InvalidRequestMetadata(std::string_view name) {
  return Error(Code::kInvalidArgument, "header " + InQuotes(name) + " is not valid metadata");
}

}  // namespace

Error ReadRequestMetadata(const HeaderList& headers, HeaderList* metadata) {
  std::string offender;
  switch (wire::ReadMetadata(headers, metadata, &offender)) {
    case wire::MetadataError::kNone:
      break;
    case wire::MetadataError::kInvalidName:
      return Error(Code::kInvalidArgument, "invalid header name " + InQuotes(offender));
    case wire::MetadataError::kInvalidValue:
      return Error(Code::kInvalidArgument, "invalid value of header " + InQuotes(offender));
    case wire::MetadataError::kInvalidBase64:
      return Error(Code::kInvalidArgument, "value of header " + InQuotes(offender) + " is not base64");
  }
  return Error();
}

Error WriteRequestMetadata(const HeaderList& metadata, HeaderList* headers) {
  const HeaderList* source = &metadata;
  HeaderList allowed;
  for (HeaderField field : metadata) {
    if (!wire::IsReservedRequestName(field.name)) continue;
    for (HeaderField kept : metadata) {
      if (!wire::IsReservedRequestName(kept.name)) allowed.Add(kept.name, kept.value);
    }
    source = &allowed;
    break;
  }
  std::string offender;
  if (wire::WriteMetadata(*source, "", headers, &offender)) return Error();
  return InvalidRequestMetadata(offender);
}

Error CheckRequestMetadata(const HeaderList& metadata) {
  for (HeaderField field : metadata) {
    if (wire::IsReservedRequestName(field.name) || IsValidMetadata(field)) continue;
    return InvalidRequestMetadata(field.name);
  }
  return Error();
}

void ReadResponseMetadata(const HeaderList& headers, HeaderList* metadata) {
  std::string offender;
  const bool replace = metadata->empty();
  if (replace) {
    // As it is nearly always: into the memory that the list keeps.
    if (wire::ReadMetadata(headers, metadata, &offender) == wire::MetadataError::kNone) return;
    metadata->Clear();
  }
  HeaderList read;
  if (replace || wire::ReadMetadata(headers, &read, &offender) != wire::MetadataError::kNone) {
    // Again with what is valid by itself, so that nothing else is lost.
    HeaderList valid;
    for (HeaderField field : headers) {
      HeaderList one;
      one.Add(field.name, field.value);
      read.Clear();
      if (wire::ReadMetadata(one, &read, &offender) == wire::MetadataError::kNone) valid.Add(field.name, field.value);
    }
    read.Clear();
    // What it stops at now is too much of "-bin" values: what comes before them is kept.
    static_cast<void>(wire::ReadMetadata(valid, &read, &offender));
  }
  for (HeaderField field : read) metadata->Add(field.name, field.value);
}

Error WriteResponseMetadata(const HeaderList& metadata, HeaderList* headers) {
  std::string offender;
  if (wire::WriteMetadata(metadata, "", headers, &offender)) return Error();
  return Error(Code::kInternal, "handler set an invalid header " + InQuotes(offender));
}

bool IsValidMetadata(const HeaderField& field) {
  // Reserved ones are never sent, so it does not matter what is in them.
  return wire::IsReservedResponseName(field.name) ||
         (wire::IsValidMetadataName(field.name) &&
          (wire::IsBinaryName(field.name) || wire::IsValidMetadataValue(field.value)));
}

void WriteCheckedMetadata(const HeaderList& metadata, std::string_view prefix, HeaderList* headers) {
  std::string offender;
  // Cannot fail: the caller has checked what WriteMetadata checks.
  (void)wire::WriteMetadata(metadata, prefix, headers, &offender);
}

void ReadField(const HeaderList& headers, std::string_view name, std::string* value) {
  value->clear();
  for (HeaderField field : headers) {
    if (field.name == name) AppendToField(field.value, value);
  }
}

void AppendToField(std::string_view value, std::string* field) {
  if (!field->empty()) field->append(", ");
  field->append(value);
}

void ReadEncoding(const HeaderList& headers, std::string_view name, std::string* encoding) {
  ReadField(headers, name, encoding);
  FinishEncoding(encoding);
}

void FinishEncoding(std::string* encoding) {
  wire::LowerCase(encoding);
  if (std::string_view(*encoding) == "identity") encoding->clear();
}

void AddIfSet(std::string_view name, std::string_view value, HeaderList* headers) {
  if (!value.empty()) headers->Add(name, value);
}

}  // namespace connectrpc::protocol
