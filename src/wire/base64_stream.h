#ifndef CONNECTRPC_SRC_WIRE_BASE64_STREAM_H_
#define CONNECTRPC_SRC_WIRE_BASE64_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/output_queue.h"

// Base64 of a body that comes and goes in pieces, as gRPC-Web text has it (PROTOCOL-WEB.md, "Protocol differences"): a
// row of base64 texts, each padded or a multiple of four digits long, that have nothing to do with messages.
namespace connectrpc::wire {

// Reads such a body. Takes both alphabets, padding after any byte, and a last text without its padding; refuses
// everything else, white space included: no client is known to send any. Non-zero bits after the last byte of a text
// are ignored. What is decoded does not depend on where the input is cut: each byte comes out with the digit that
// completes it, those before a bad character among them.
class StreamingBase64Decoder final {
 public:
  // Appends what `text` completes. False at the first character that has no place there, and from then on.
  [[nodiscard]] bool Decode(std::string_view text, std::string* out);
  bool failed() const { return state_ == State::kFailed; }
  // Whether the body may end here.
  bool complete() const { return state_ == State::kDigits && digits_ != 1; }
  void Reset() { *this = StreamingBase64Decoder(); }

 private:
  enum class State : uint8_t {
    kDigits,
    kPaddingDue,  // the first of two '=' has come
    kFailed,
  };

  // Groups of four digits from `*at` on, as far as there are any. Both write to `*to` and advance it.
  static void DecodeGroups(std::string_view text, size_t* at, char** to);
  // One character.
  void DecodeOne(char c, char** to);

  State state_ = State::kDigits;
  int digits_ = 0;     // of the group of four that has begun: 0 to 3
  uint32_t bits_ = 0;  // of them
};

// Writes one padded text after the other to the end of a queue, which outlives it.
class Base64Writer final {
 public:
  explicit Base64Writer(OutputQueue* out) : out_(out) {}

  // More of a text. Up to two bytes are held back until there are three.
  void Write(std::string_view bytes);
  // Ends the text.
  void Finish();

 private:
  OutputQueue* const out_;
  char held_[2] = {};
  size_t held_size_ = 0;
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_BASE64_STREAM_H_
