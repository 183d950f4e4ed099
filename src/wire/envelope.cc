#include "wire/envelope.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "wire/gathering.h"

namespace connectrpc::wire {
namespace {

EnvelopeHeader DecodeHeader(const char* bytes) {
  const auto* byte = reinterpret_cast<const unsigned char*>(bytes);
  EnvelopeHeader header;
  header.flags = byte[0];
  header.size = uint32_t{byte[1]} << 24 | uint32_t{byte[2]} << 16 | uint32_t{byte[3]} << 8 | uint32_t{byte[4]};
  return header;
}

}  // namespace

void WriteEnvelopeHeader(EnvelopeHeader header, char (&out)[kEnvelopeHeaderSize]) {
  out[0] = static_cast<char>(header.flags);
  out[1] = static_cast<char>(header.size >> 24);
  out[2] = static_cast<char>(header.size >> 16);
  out[3] = static_cast<char>(header.size >> 8);
  out[4] = static_cast<char>(header.size);
}

void AppendEnvelopeHeader(EnvelopeHeader header, std::string* out) {
  char bytes[kEnvelopeHeaderSize];
  WriteEnvelopeHeader(header, bytes);
  out->append(bytes, sizeof(bytes));
}

DecodeStatus EnvelopeReader::ReadHeader(std::string_view* input, EnvelopeHeader* header) {
  const size_t taken = std::min(kEnvelopeHeaderSize - header_bytes_, input->size());
  if (taken > 0) std::memcpy(header_ + header_bytes_, input->data(), taken);
  header_bytes_ += taken;
  input->remove_prefix(taken);
  if (header_bytes_ < kEnvelopeHeaderSize) return DecodeStatus::kNeedMore;
  *header = DecodeHeader(header_);
  return DecodeStatus::kDone;
}

DecodeStatus EnvelopeReader::ReadPayload(std::string_view* input, Payload* payload) {
  assert(header_bytes_ == kEnvelopeHeaderSize);
  const size_t size = DecodeHeader(header_).size;
  const std::string_view taken = input->substr(0, size - gathered_.size());
  input->remove_prefix(taken.size());
  if (taken.size() == size) {
    *payload = Payload::Borrow(taken);
    header_bytes_ = 0;
    return DecodeStatus::kDone;
  }

  ReserveForPiece(size, taken.size(), &gathered_);
  gathered_.append(taken);
  if (gathered_.size() < size) return DecodeStatus::kNeedMore;
  *payload = Payload::Own(std::exchange(gathered_, {}));
  header_bytes_ = 0;
  return DecodeStatus::kDone;
}

void EnvelopeReader::Reset() {
  header_bytes_ = 0;
  gathered_.clear();
}

}  // namespace connectrpc::wire
