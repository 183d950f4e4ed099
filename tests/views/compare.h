#ifndef CONNECTRPC_TESTS_VIEWS_COMPARE_H_
#define CONNECTRPC_TESTS_VIEWS_COMPARE_H_

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "connectrpc/views/view.h"
#include "support/random_message.h"

namespace connectrpc::views::testing {

// Whether a refusal is the one that protobuf does not share: a tag of more than 32 bits.
inline bool IsLongTag(const ParseError& error, std::string_view bytes) {
  return error.kind == ParseError::Kind::kBadVarint && error.offset < bytes.size() &&
         static_cast<unsigned char>(bytes[error.offset]) > 0x0F &&
         static_cast<unsigned char>(bytes[error.offset]) < 0x80;
}

// Entries of maps are written whole, with a message that was not there: it may be the one that is too deep.
inline bool ParseDeep(const std::string& bytes, google::protobuf::Message* message) {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(102);
  return message->ParsePartialFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

// How View and protobuf differ about `bytes`; empty where they agree: both refuse them, or both take them and have the
// same message, which the view writes as what protobuf reads again as the same.
template <class View>
std::string Difference(std::string_view bytes, Arena* arena) {
  using Message = typename View::Message;
  Message message;
  const bool expected = message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  ParseOptions options;
  options.max_element_bytes = size_t{1} << 30;  // protobuf has no such limit
  ParseError error;
  const View* const view = View::Parse(bytes, arena, options, &error);
  if (view == nullptr) return !expected || IsLongTag(error, bytes) ? "" : "refused: " + error.ToString();
  if (!expected) return "accepted";
  using test::Deterministic;
  Message copy;
  if (!ToMessage(*view, &copy) && !ParseDeep(Serialize(*view), &copy)) return "what the view writes is no message";
  if (Deterministic(copy) == Deterministic(message)) return "";
  return "view: " + copy.ShortDebugString() + "\nprotobuf: " + message.ShortDebugString();
}

// The same for what protobuf writes of `message`: the view writes it byte for byte, given protobuf's order in maps. If
// required fields are missing, both refuse it.
template <class View>
std::string DifferenceOfWritten(const typename View::Message& message, Arena* arena) {
  const std::string bytes = test::Deterministic(message);
  std::string difference = Difference<View>(bytes, arena);
  if (!difference.empty() || !message.IsInitialized()) return difference;
  const View* const view = View::Parse(bytes, arena);
  if (view == nullptr) return "refused within the limits";
  return Serialize(*view) == bytes ? "" : "written in another way";
}

}  // namespace connectrpc::views::testing

#endif  // CONNECTRPC_TESTS_VIEWS_COMPARE_H_
