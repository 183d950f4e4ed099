#ifndef CONNECTRPC_VIEWS_ENCODER_H_
#define CONNECTRPC_VIEWS_ENCODER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "connectrpc/views/fields.h"
#include "connectrpc/views/table.h"

namespace connectrpc::views {
namespace internal {

// Writes from the end to the beginning: what is written of a message is its length, which goes before it.
class ReverseWriter final {
 public:
  size_t size() const { return buffer_.size() - begin_; }
  std::string_view written() const { return std::string_view(buffer_).substr(begin_); }

  void Bytes(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(Room(bytes.size()), bytes.data(), bytes.size());
  }
  void Varint(uint64_t value) {
    char bytes[10];
    size_t count = 0;
    do {
      bytes[count++] = static_cast<char>(value >= 0x80 ? value | 0x80 : value);
      value >>= 7;
    } while (value != 0);
    Bytes(std::string_view(bytes, count));
  }
  void Tag(uint32_t number, uint32_t wire_type) { Varint(number << 3 | wire_type); }
  template <class T>
  void LittleEndian(const char* value) {
    const T converted = LoadLittleEndian<T>(value);  // its own inverse
    Bytes(std::string_view(reinterpret_cast<const char*>(&converted), sizeof(converted)));
  }

 private:
  char* Room(size_t more) {
    if (more > begin_) {
      const size_t used = size();
      std::string larger(std::max(2 * buffer_.size(), used + more + 256), '\0');
      std::memcpy(&larger[larger.size() - used], buffer_.data() + begin_, used);
      begin_ = larger.size() - used;
      buffer_ = std::move(larger);
    }
    begin_ -= more;
    return &buffer_[begin_];
  }

  std::string buffer_;
  size_t begin_ = 0;
};

void EncodeMessage(const MessageTable& table, const char* view, ReverseWriter* out);

inline uint32_t WireTypeOf(FieldType type) {
  switch (type) {
    case FieldType::kDouble:
    case FieldType::kFixed64:
    case FieldType::kSFixed64:
      return 1;
    case FieldType::kFloat:
    case FieldType::kFixed32:
    case FieldType::kSFixed32:
      return 5;
    case FieldType::kString:
    case FieldType::kBytes:
    case FieldType::kMessage:
      return 2;
    case FieldType::kGroup:
      return 3;
    default:
      return 0;
  }
}

inline uint64_t VarintOf(FieldType type, const char* at) {
  switch (type) {
    case FieldType::kBool:
      return LoadAt<uint8_t>(at);
    case FieldType::kUInt32:
      return LoadAt<uint32_t>(at);
    case FieldType::kSInt32: {
      const auto value = LoadAt<int32_t>(at);
      return static_cast<uint32_t>(value) << 1 ^ (value < 0 ? ~uint32_t{0} : 0);
    }
    case FieldType::kSInt64: {
      const auto value = LoadAt<int64_t>(at);
      return static_cast<uint64_t>(value) << 1 ^ (value < 0 ? ~uint64_t{0} : 0);
    }
    case FieldType::kInt32:
    case FieldType::kEnum:
      return static_cast<uint64_t>(static_cast<int64_t>(LoadAt<int32_t>(at)));
    default:
      return LoadAt<uint64_t>(at);
  }
}

// A value without its tag. `in_place`: numbers with a fixed width are as on the wire, not as in memory.
inline void EncodeValue(const FieldTable& field, const char* at, bool in_place, ReverseWriter* out) {
  switch (WireTypeOf(field.type)) {
    case 0:
      return out->Varint(VarintOf(field.type, at));
    case 1:
      return in_place ? out->Bytes(std::string_view(at, 8)) : out->LittleEndian<uint64_t>(at);
    case 5:
      return in_place ? out->Bytes(std::string_view(at, 4)) : out->LittleEndian<uint32_t>(at);
    case 3:
      out->Tag(field.number, 4);
      return EncodeMessage(*field.message, at, out);
    default:
      break;
  }
  const size_t before = out->size();
  if (field.type == FieldType::kMessage) {
    EncodeMessage(*field.message, at, out);
  } else {
    out->Bytes(LoadAt<std::string_view>(at));
  }
  out->Varint(out->size() - before);
}

inline void EncodeRepeated(const FieldTable& field, const char* view, ReverseWriter* out) {
  const Elements elements = ElementsOf(field, view);
  if (elements.size == 0) return;
  const bool packed = field.shape == FieldShape::kPacked;
  const bool in_place = IsFixedWidth(field.type);
  const size_t width = ElementSize(field);
  const size_t before = out->size();
  if (packed && in_place) {
    out->Bytes(std::string_view(elements.data, elements.size * width));
  } else {
    for (size_t i = elements.size; i-- > 0;) {
      EncodeValue(field, elements.data + i * width, in_place, out);
      if (!packed) out->Tag(field.number, WireTypeOf(field.type));
    }
  }
  if (!packed) return;
  out->Varint(out->size() - before);
  out->Tag(field.number, 2);
}

inline void EncodeMessage(const MessageTable& table, const char* view, ReverseWriter* out) {
  const UnknownFields unknown = UnknownFieldsOf(table, view);
  for (size_t i = unknown.pieces().size(); i-- > 0;) out->Bytes(unknown.pieces()[i]);
  for (size_t i = table.field_count; i-- > 0;) {
    const FieldTable& field = table.fields[i];
    if (IsRepeated(field)) {
      EncodeRepeated(field, view, out);
    } else if (const char* const value = SingularValue(table, field, view); value != nullptr) {
      EncodeValue(field, value, false, out);
      out->Tag(field.number, WireTypeOf(field.type));
    }
  }
}

}  // namespace internal

// The message anew: its fields in ascending order, unknown ones behind them; entries of maps in the order of the view.
// Empty, with `*ok` false, where that is more than 2^31 - 1 bytes, which is no message in protobuf.
template <class View>
std::string Serialize(const View& view, bool* ok = nullptr) {
  internal::ReverseWriter out;
  internal::EncodeMessage(View::kTable, reinterpret_cast<const char*>(&view), &out);
  const bool fits = out.size() <= 0x7FFFFFFF;
  if (ok != nullptr) *ok = fits;
  return fits ? std::string(out.written()) : std::string();
}

// Copies the message into one of protobuf's (or of another class with its interface), unknown fields included. False if
// that cannot take it: no memory, or more than 2^31 - 1 bytes.
template <class View, class Message = typename View::Message>
bool ToMessage(const View& view, Message* message) {
  bool ok;
  const std::string bytes = Serialize(view, &ok);
  return ok && message->ParsePartialFromString(bytes);
}

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_ENCODER_H_
