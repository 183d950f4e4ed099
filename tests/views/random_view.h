#ifndef CONNECTRPC_TESTS_VIEWS_RANDOM_VIEW_H_
#define CONNECTRPC_TESTS_VIEWS_RANDOM_VIEW_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstddef>

#include "support/random_message.h"

// Messages of chance for what is done with views.
namespace connectrpc::views::testing {

// Some fields of `message`, and of messages within. Repeated fields have few elements, or rarely as many as make an
// index for a map.
inline void Fill(google::protobuf::Message* message, int depth, test::Chance* chance) {
  const google::protobuf::Descriptor& type = *message->GetDescriptor();
  if (type.field_count() == 0) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(1, chance->Bits());
    return;
  }
  for (size_t fields = 1 + chance->Below(5); fields > 0; --fields) {
    const google::protobuf::FieldDescriptor& field =
        *type.field(static_cast<int>(chance->Below(static_cast<size_t>(type.field_count()))));
    size_t values = field.is_repeated() ? 1 + chance->Below(3) : 1;
    if (field.is_repeated() && depth == 0 && chance->Below(10) == 0) values = 40;
    for (; values > 0; --values) {
      if (depth == 4 && field.message_type() != nullptr) continue;
      test::SetByChance(message, field, chance,
                        [&](google::protobuf::Message* inner) { Fill(inner, depth + 1, chance); });
    }
  }
}

// Fields that no type has, of each wire type.
inline void FillUnknown(google::protobuf::UnknownFieldSet* fields, int depth, test::Chance* chance) {
  for (size_t count = chance->Below(4); count > 0; --count) {
    const auto number = static_cast<int>(10'000 + chance->Below(3));
    switch (chance->Below(6)) {
      case 0:
        fields->AddVarint(number, chance->Bits());
        break;
      case 1:
        fields->AddFixed32(number, static_cast<uint32_t>(chance->Bits()));
        break;
      case 2:
        fields->AddFixed64(number, chance->Bits());
        break;
      case 3:
        fields->AddLengthDelimited(number, chance->Below(2) == 0 ? chance->Bytes() : chance->Text());
        break;
      case 4:
        if (depth < 15) FillUnknown(fields->AddGroup(number), depth + 1, chance);
        break;
      case 5: {  // bytes that look like a message
        google::protobuf::UnknownFieldSet inner;
        if (depth < 15) FillUnknown(&inner, depth + 1, chance);
        inner.SerializeToString(fields->AddLengthDelimited(number));
        break;
      }
    }
  }
}

}  // namespace connectrpc::views::testing

#endif  // CONNECTRPC_TESTS_VIEWS_RANDOM_VIEW_H_
