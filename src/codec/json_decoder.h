#ifndef CONNECTRPC_SRC_CODEC_JSON_DECODER_H_
#define CONNECTRPC_SRC_CODEC_JSON_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_reader.h"
#include "codec/json_types.h"
#include "codec/wire_writer.h"

namespace connectrpc::codec {

// One JSON text on its way to wire format: what json_decode.cc (messages and their fields) and json_decode_known.cc
// (the types with a JSON form of their own) share. A function that returns false has set the reader's error.
class JsonDecoder {
 public:
  JsonDecoder(const JsonTypes& types, const JsonType& root, std::string_view json, int max_depth, std::string* binary)
      : types_(types), root_(root), reader_(json, max_depth), out_(binary) {}

  [[nodiscard]] bool Run();
  std::string error() const;

 private:
  // The content of a message, whatever its form.
  bool Content(const JsonType& type);
  bool ContentByKind(const JsonType& type);
  // The same with the length before it.
  bool Message(const JsonType& type);
  // The rest of an object that is open. In an Any, `type_key` is where the value of "@type" begins, which has been
  // read.
  bool Members(const JsonType& type, bool first, const char* type_key);
  bool Member(const JsonField& field, std::vector<bool>* oneofs_set);

  // Fields with their tags.
  bool Single(const JsonField& field);
  bool Repeated(const JsonField& field);
  bool Elements(const JsonField& field);
  bool Element(const JsonField& field);
  bool Map(const JsonField& field);
  bool MapEntry(const JsonField& field, std::string_view key);
  bool MapKey(const JsonField& field, std::string_view text);
  std::string_view KeepKey(std::string_view key);
  bool KeysDiffer(size_t since);

  // Values without their tags.
  bool Scalar(const JsonField& field);
  bool Integer(const JsonField& field);
  bool PutInteger(const JsonField& field, std::string_view number);
  template <class T>
  bool Floating(T* value);
  bool Bool();
  bool String();
  bool Bytes();
  // `*known` is false for a name that the type does not have: such a value counts as not being there.
  bool Enum(const JsonEnum& type, int32_t* value, bool* known);

  bool Any(const JsonType& type);
  bool FindTypeKey(const JsonReader::Mark& object, const JsonReader::Mark& inside, const char** type_key);
  bool OnlyValue(const JsonType& type, bool first, const char* type_key);
  bool Time(const JsonType& type);
  bool FieldMask(const JsonType& type);
  bool Value(const JsonType& type);

  bool EnterMessage();
  // Names a part of the path to the error, from the innermost outwards. Always false.
  bool FailIn(std::string_view part);

  const JsonTypes& types_;
  const JsonType& root_;
  JsonReader reader_;
  WireWriter out_;
  int level_ = 0;  // of messages
  std::string path_;
  std::string scratch_;
  std::vector<std::string_view> keys_;                  // of the maps around the current point
  std::list<std::string> unescaped_keys_;               // what those of `keys_` point at that do not lie in the text
  std::vector<JsonReader::TypedObject> typed_objects_;  // sorted; those before scanned_
  const char* scanned_ = nullptr;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_DECODER_H_
