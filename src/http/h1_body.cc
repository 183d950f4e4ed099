#include "http/h1_body.h"

#include <algorithm>

namespace connectrpc::http {
namespace {

// In a quoted string the parser takes any byte (RFC 9110 section 5.6.4 does not).
bool HasControlCharacter(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return true;
  }
  return false;
}

}  // namespace

std::string_view H1Part::Take(std::string_view* input, std::string_view rest, ScanStatus status) {
  const std::string_view scanned = input->substr(0, input->size() - rest.size());
  *input = rest;
  if (bytes_.empty() && status != ScanStatus::kNeedMore) return scanned;
  bytes_.append(scanned);
  return bytes_;
}

void H1Part::Recycle() {
  constexpr size_t kKeptBytes = 1024;
  if (bytes_.capacity() > kKeptBytes) Free();
  Clear();
}

void H1BodyReader::BeginLength(uint64_t length) {
  part_ = Part::kFixedBody;
  body_left_ = length;
}

void H1BodyReader::Reset() {
  part_ = Part::kEnd;
  chunk_scanner_ = ChunkLineScanner(limits_);
  pending_.Recycle();
  body_left_ = 0;
  extension_bytes_ = 0;
}

wire::DecodeStatus H1BodyReader::Read(H1Engine* engine, std::string_view* input, std::string_view* piece) {
  *piece = {};
  if (input->empty()) return wire::DecodeStatus::kNeedMore;
  if (part_ == Part::kChunkLine) return ReadChunkLine(engine, input);
  const uint64_t wanted = part_ == Part::kUntilClose ? input->size() : body_left_;
  const std::string_view data = input->substr(0, static_cast<size_t>(std::min<uint64_t>(wanted, input->size())));
  if (!engine->Put(data)) return Fail();
  input->remove_prefix(data.size());
  *piece = data;
  if (part_ == Part::kUntilClose) return wire::DecodeStatus::kNeedMore;
  body_left_ -= data.size();
  if (body_left_ > 0) return wire::DecodeStatus::kNeedMore;
  if (part_ == Part::kChunkData) {
    part_ = Part::kChunkLine;
    return wire::DecodeStatus::kNeedMore;
  }
  part_ = Part::kEnd;
  return engine->is_done() ? wire::DecodeStatus::kDone : Fail();
}

wire::DecodeStatus H1BodyReader::ReadChunkLine(H1Engine* engine, std::string_view* input) {
  std::string_view rest = *input;
  const ScanStatus scanned = chunk_scanner_.Scan(&rest);
  const std::string_view part = pending_.Take(input, rest, scanned);
  if (scanned == ScanStatus::kNeedMore) return wire::DecodeStatus::kNeedMore;
  trailers_too_large_ = scanned == ScanStatus::kFieldsTooLarge;
  if (scanned != ScanStatus::kDone || !engine->Put(part)) return Fail();
  const std::string_view extension = engine->chunk_extension();
  extension_bytes_ += extension.size();
  if (extension.size() > kMaxChunkExtensionBytes || extension_bytes_ > kMaxBodyExtensionBytes ||
      HasControlCharacter(extension)) {
    return Fail();
  }
  pending_.Clear();
  body_left_ = engine->chunk_size();
  part_ = body_left_ > 0 ? Part::kChunkData : Part::kEnd;
  if (engine->is_done() != (part_ == Part::kEnd)) return Fail();
  return part_ == Part::kEnd ? wire::DecodeStatus::kDone : wire::DecodeStatus::kNeedMore;
}

std::optional<uint64_t> H1BodyReader::remaining() const {
  if (part_ == Part::kEnd) return 0;
  if (part_ == Part::kFixedBody) return body_left_;
  return std::nullopt;
}

wire::DecodeStatus H1BodyReader::Fail() {
  pending_.Free();
  return wire::DecodeStatus::kError;
}

}  // namespace connectrpc::http
