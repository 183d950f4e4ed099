#include "codec/wire_reader.h"

#include <climits>
#include <cstring>

#include "codec/message_depth.h"

namespace connectrpc::codec {
namespace {

bool ReadVarint5(const char** p, const char* end, uint64_t* value) {
  const char* const start = *p;
  return ReadVarint(p, end, value) && *p - start <= 5;
}

// Bits beyond the 32nd do not count, as in protobuf's parser.
bool ReadTag(const char** p, const char* end, uint32_t* number, uint32_t* type) {
  uint64_t wide = 0;
  if (!ReadVarint5(p, end, &wide)) return false;
  const auto tag = static_cast<uint32_t>(wide);
  *number = tag >> 3;
  *type = tag & 7;
  return *number != 0 && *type <= kFixed32Wire;
}

// What follows a tag other than a group's.
bool ReadPayload(const char** p, const char* end, uint32_t type, std::string_view* bytes) {
  const char* start = *p;
  uint64_t size = 0;
  switch (type) {
    case kVarintWire: {
      uint64_t ignored = 0;
      if (!ReadVarint(p, end, &ignored)) return false;
      *bytes = std::string_view(start, static_cast<size_t>(*p - start));
      return true;
    }
    case kFixed32Wire:
      size = 4;
      break;
    case kFixed64Wire:
      size = 8;
      break;
    case kBytesWire:
      if (!ReadVarint5(p, end, &size)) return false;
      start = *p;
      break;
    default:
      return false;
  }
  if (static_cast<uint64_t>(end - start) < size) return false;
  *bytes = std::string_view(start, static_cast<size_t>(size));
  *p = start + size;
  return true;
}

// What lies between the tags of a group. No recursion: the numbers of the groups that are open are kept.
bool ReadGroup(const char** p, const char* end, uint32_t number, std::string_view* bytes) {
  uint32_t open[kMaxMessageDepth];
  int depth = 0;
  open[depth++] = number;
  const char* const start = *p;
  while (true) {
    const char* const tag = *p;
    uint32_t type = 0;
    uint32_t inner = 0;
    if (!ReadTag(p, end, &inner, &type)) return false;
    if (type == kGroupWire) {
      if (depth == kMaxMessageDepth) return false;
      open[depth++] = inner;
    } else if (type == kGroupEndWire) {
      if (open[--depth] != inner) return false;
      if (depth > 0) continue;
      *bytes = std::string_view(start, static_cast<size_t>(tag - start));
      return true;
    } else {
      std::string_view ignored;
      if (!ReadPayload(p, end, type, &ignored)) return false;
    }
  }
}

}  // namespace

uint64_t WireField::number_value() const {
  uint64_t value = 0;
  if (type == kVarintWire) {
    const char* p = bytes.data();
    (void)ReadVarint(&p, p + bytes.size(), &value);  // it could be read before
  } else {
    for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

bool WireReader::Read(WireField* field) {
  uint32_t type = 0;
  if (!ReadTag(&next_, end_, &field->number, &type)) return false;
  field->type = static_cast<WireType>(type);
  if (type == kGroupWire) return ReadGroup(&next_, end_, field->number, &field->bytes);
  return ReadPayload(&next_, end_, type, &field->bytes);
}

}  // namespace connectrpc::codec
