#ifndef CONNECTRPC_VIEWS_PARSE_H_
#define CONNECTRPC_VIEWS_PARSE_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "connectrpc/views/arena.h"
#include "connectrpc/views/decoder.h"
#include "connectrpc/views/fields.h"
#include "connectrpc/views/parse_options.h"

namespace connectrpc::views::internal {

// Of a message of protobuf's; sizes of all that is parsed fit into 32 bits.
inline constexpr size_t kMaxMessageBytes = 0x7FFFFFFF;

// Parses `bytes` as a View in memory of `arena`. Null after an error, which is put into `*error` if that is not null.
template <class View>
const View* ParseView(std::string_view bytes, Arena* arena, const ParseOptions& options, ParseError* error) {
  if (bytes.data() == nullptr) bytes = "";  // null is how reading says that it failed
  Decoder decoder(bytes, options, arena);
  View* view = nullptr;
  if (bytes.size() > std::min(options.max_message_bytes, kMaxMessageBytes)) {
    decoder.Fail(ParseError::Kind::kTooLarge, bytes.data());
  } else {
    view = decoder.New<View>(bytes.data());
  }
  if (view != nullptr && view->Merge(bytes.data(), bytes.data() + bytes.size(), 0, &decoder) == nullptr) view = nullptr;
  if (view != nullptr && !decoder.SettleAll()) {
    decoder.FailedIn(View::kTable);
    view = nullptr;
  }
  if (view != nullptr) {
    const MissingField missing = FindMissing(View::kTable, reinterpret_cast<const char*>(view));
    if (missing.field != nullptr) {
      decoder.Fail(ParseError::Kind::kMissingRequired, bytes.data() + bytes.size());
      decoder.FailedIn(*missing.table, missing.field->number);
      view = nullptr;
    }
  }
  if (view == nullptr && error != nullptr) *error = decoder.error();
  return view;
}

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_PARSE_H_
