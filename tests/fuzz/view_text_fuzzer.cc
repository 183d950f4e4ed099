// What is made of views has to agree with what protobuf makes of its messages: the text of DebugString, and equality;
// and so have unknown fields, read record by record. The first byte says which of them, the second where one message
// ends and another begins.
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectrpc/views/debug_string.h"
#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "fuzz/protobuf_log.h"

namespace {

using connectrpc::views::Arena;
using google::protobuf::util::MessageDifferencer;

void Check(bool good, const char* what, const std::string& details = "") {
  if (good) return;
  std::fprintf(stderr, "%s\n%s\n", what, details.c_str());
  std::abort();
}

bool Parse(std::string_view bytes, google::protobuf::Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// Whether there may be a map whose values are of a closed enum: an entry with a value that this does not have is kept
// as it came, where protobuf writes it anew. This is what the tags of Everything2's field 61 begin with.
bool MayHaveClosedEnums(std::string_view bytes) {
  return bytes.find('\xEA') != bytes.npos;
}

template <class View>
void CheckText(std::string_view bytes, Arena* arena) {
  const View* const view = View::Parse(bytes, arena);
  typename View::Message message;
  if (view == nullptr || !Parse(bytes, &message)) return;
  connectrpc::views::DebugStringOptions options;
  options.max_bytes = SIZE_MAX;
  const std::string text = DebugString(*view, options);
  const std::string expected = message.DebugString();
  Check(text == expected || MayHaveClosedEnums(bytes), "another text", text + "\nprotobuf:\n" + expected);
  options.max_bytes = bytes.size();
  Check(DebugString(*view, options).substr(0, bytes.size()) == text.substr(0, bytes.size()), "not the beginning");
}

template <class View>
void CheckEquality(std::string_view a, std::string_view b, Arena* arena) {
  const View* const view_a = View::Parse(a, arena);
  const View* const view_b = View::Parse(b, arena);
  typename View::Message message_a;
  typename View::Message message_b;
  if (view_a == nullptr || view_b == nullptr || !Parse(a, &message_a) || !Parse(b, &message_b)) return;
  const bool expected = MessageDifferencer::Equals(message_a, message_b);
  // It may find more differences, between unknown fields.
  Check(!(*view_a == *view_b) || expected, "equal, but not for protobuf");
  Check((*view_a == *view_b) == (*view_b == *view_a), "equality has a direction");
  Check((*view_a == *view_a) == MessageDifferencer::Equals(message_a, message_a), "another equality with itself");
}

void CheckRecords(std::string_view bytes) {
  const connectrpc::views::WireRecords records(bytes);
  google::protobuf::UnknownFieldSet expected;
  const bool good = expected.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  Check(records.complete() == good, "protobuf is of another opinion about records");
  size_t length = 0;
  int count = 0;
  for (const connectrpc::views::UnknownField& field : records) {
    Check(field.record.data() == bytes.data() + length, "records do not join");
    length += field.record.size();
    if (good) Check(expected.field(count).number() == static_cast<int>(field.number), "another number");
    ++count;
  }
  if (good) Check(length == bytes.size() && count == expected.field_count(), "not all records");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool kQuiet = (connectrpc::test::AbortOnProtobufFailure(), true);
  if (!kQuiet || size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t split = std::min<size_t>(data[1], bytes.size());
  Arena arena;
  switch (data[0] % 5) {
    case 0:
      CheckText<views::test::Everything3View>(bytes, &arena);
      break;
    case 1:
      CheckText<views::test::Everything2View>(bytes, &arena);
      break;
    case 2:
      CheckEquality<views::test::Everything3View>(bytes.substr(0, split), bytes.substr(split), &arena);
      break;
    case 3:
      CheckEquality<views::test::Everything2View>(bytes.substr(0, split), bytes.substr(split), &arena);
      break;
    case 4:
      CheckRecords(bytes);
      break;
  }
  return 0;
}
