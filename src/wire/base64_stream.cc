#include "wire/base64_stream.h"

#include <algorithm>
#include <cstring>

#include "wire/base64_digits.h"

namespace connectrpc::wire {
namespace {

// What is encoded at a time, on the stack: a multiple of three.
constexpr size_t kPieceBytes = 3 * 1024;

uint32_t Byte(char c) {
  return static_cast<unsigned char>(c);
}

}  // namespace

bool StreamingBase64Decoder::Decode(std::string_view text, std::string* out) {
  // Room for all of it at once: a text that pads after every byte must not cost a resize for each.
  const size_t before = out->size();
  out->resize(before + text.size() / 4 * 3 + 5);
  char* to = out->data() + before;
  size_t i = 0;
  while (i < text.size() && state_ != State::kFailed) {
    if (state_ == State::kDigits && digits_ == 0) DecodeGroups(text, &i, &to);
    // What has stopped it, or a group that began in the piece before.
    if (i < text.size()) DecodeOne(text[i++], &to);
  }
  out->resize(static_cast<size_t>(to - out->data()));
  return state_ != State::kFailed;
}

void StreamingBase64Decoder::DecodeGroups(std::string_view text, size_t* at, char** to) {
  size_t i = *at;
  for (; i + 4 <= text.size(); i += 4) {
    const uint32_t a = Base64DigitValue(text[i]);
    const uint32_t b = Base64DigitValue(text[i + 1]);
    const uint32_t c = Base64DigitValue(text[i + 2]);
    const uint32_t d = Base64DigitValue(text[i + 3]);
    if ((a | b | c | d) >= 64) break;
    *(*to)++ = static_cast<char>(a << 2 | b >> 4);
    *(*to)++ = static_cast<char>(b << 4 | c >> 2);
    *(*to)++ = static_cast<char>(c << 6 | d);
  }
  *at = i;
}

void StreamingBase64Decoder::DecodeOne(char c, char** to) {
  if (c == '=' && (state_ == State::kPaddingDue || digits_ >= 2)) {
    state_ = digits_ == 2 ? State::kPaddingDue : State::kDigits;
    digits_ = 0;
    return;
  }
  const uint32_t value = Base64DigitValue(c);
  if (state_ == State::kPaddingDue || value == kNoBase64Digit) {
    state_ = State::kFailed;
    return;
  }
  bits_ = bits_ << 6 | value;
  // The second digit brings the first byte, with four bits to spare, the third one two more, the fourth none.
  if (digits_ > 0) *(*to)++ = static_cast<char>(bits_ >> (6 - 2 * digits_));
  digits_ = (digits_ + 1) & 3;
}

void Base64Writer::Write(std::string_view bytes) {
  if (held_size_ > 0) {
    char group[3];
    std::memcpy(group, held_, held_size_);
    const size_t taken = std::min(sizeof(group) - held_size_, bytes.size());
    if (taken > 0) std::memcpy(group + held_size_, bytes.data(), taken);
    bytes.remove_prefix(taken);
    if (held_size_ + taken < sizeof(group)) {
      held_size_ += taken;
      std::memcpy(held_, group, held_size_);
      return;
    }
    held_size_ = 0;
    char text[4];
    WriteBase64Group(Byte(group[0]) << 16 | Byte(group[1]) << 8 | Byte(group[2]), kStandardBase64Digits, text);
    out_->Append(std::string_view(text, sizeof(text)));
  }
  char text[kPieceBytes / 3 * 4];
  while (bytes.size() >= 3) {
    const std::string_view piece = bytes.substr(0, std::min(kPieceBytes, bytes.size() / 3 * 3));
    char* to = text;
    for (size_t i = 0; i < piece.size(); i += 3) {
      to = WriteBase64Group(Byte(piece[i]) << 16 | Byte(piece[i + 1]) << 8 | Byte(piece[i + 2]), kStandardBase64Digits,
                            to);
    }
    out_->Append(std::string_view(text, static_cast<size_t>(to - text)));
    bytes.remove_prefix(piece.size());
  }
  held_size_ = bytes.size();
  if (held_size_ > 0) std::memcpy(held_, bytes.data(), held_size_);
}

void Base64Writer::Finish() {
  if (held_size_ == 0) return;
  char text[4];
  WriteBase64Group(Byte(held_[0]) << 16 | (held_size_ == 2 ? Byte(held_[1]) << 8 : 0), kStandardBase64Digits, text);
  text[3] = '=';
  if (held_size_ == 1) text[2] = '=';
  out_->Append(std::string_view(text, sizeof(text)));
  held_size_ = 0;
}

}  // namespace connectrpc::wire
