#ifndef CONNECTRPC_SRC_PROTOCOL_METADATA_FIELDS_H_
#define CONNECTRPC_SRC_PROTOCOL_METADATA_FIELDS_H_

#include <string>
#include <string_view>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"

// HTTP fields as all protocols read and write them: the rules of wire/metadata.h turned into errors.
namespace connectrpc::protocol {

// Server: `invalid_argument`, naming the field, for the first one that gRPC would refuse. Appends to `*metadata`.
Error ReadRequestMetadata(const HeaderList& headers, HeaderList* metadata);

// Client: the same for what the application set. Reserved names are left out.
Error WriteRequestMetadata(const HeaderList& metadata, HeaderList* headers);
// The error that WriteRequestMetadata would return.
Error CheckRequestMetadata(const HeaderList& metadata);

// Client: what a server sent. Fields that are not valid metadata are passed over: a header valid in HTTP must not fail
// a call (PROTOCOL-HTTP2.md, "Custom-Metadata"). Appends to `*metadata`.
void ReadResponseMetadata(const HeaderList& headers, HeaderList* metadata);

// Server: `internal`, naming the field, for the first one that is not valid metadata.
Error WriteResponseMetadata(const HeaderList& metadata, HeaderList* headers);

// Metadata that IsValidMetadata accepts, each name prefixed. Reserved names are left out.
void WriteCheckedMetadata(const HeaderList& metadata, std::string_view prefix, HeaderList* headers);
bool IsValidMetadata(const HeaderField& field);

// Replaces `*value` by the field, empty if absent. A repeated field is one list (RFC 9110 section 5.3).
void ReadField(const HeaderList& headers, std::string_view name, std::string* value);

// One of its fields, for who looks at the headers anyway.
void AppendToField(std::string_view value, std::string* field);

// The same for the name of a content coding: lower-case, empty for "identity".
void ReadEncoding(const HeaderList& headers, std::string_view name, std::string* encoding);
void FinishEncoding(std::string* encoding);

// Adds the field unless the value is empty.
void AddIfSet(std::string_view name, std::string_view value, HeaderList* headers);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_METADATA_FIELDS_H_
