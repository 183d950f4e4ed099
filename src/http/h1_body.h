#ifndef CONNECTRPC_SRC_HTTP_H1_BODY_H_
#define CONNECTRPC_SRC_HTTP_H1_BODY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/h1_lines.h"
#include "wire/decode_status.h"

namespace connectrpc::http {

// One HTTP/1.x message in a grammar parser that is given whole parts only: a head, a chunk line, a piece of data, a
// trailer section.
class H1Engine {
 public:
  virtual ~H1Engine() = default;

  // False if the parser refuses the bytes, or did not take all of them.
  virtual bool Put(std::string_view bytes) = 0;
  // The message is complete.
  virtual bool is_done() const = 0;
  // Of the chunk line that was put last.
  virtual uint64_t chunk_size() const = 0;
  virtual std::string_view chunk_extension() const = 0;
};

// Gathers a part of a message that scanners find the end of.
class H1Part {
 public:
  // Takes from `*input` what a scanner took, all but `rest`. Returns the part so far: in `*input` where it lies there
  // whole, or kept here until Clear.
  std::string_view Take(std::string_view* input, std::string_view rest, ScanStatus status);
  void Clear() { bytes_.clear(); }
  void Free() { bytes_ = std::string(); }
  // An idle connection shall not hold the memory of its largest part.
  void Recycle();
  size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

// Reads the body of a message, the head of which was put into the engine: a request's or a response's. Data is not
// kept.
class H1BodyReader {
 public:
  explicit H1BodyReader(const LineLimits& limits) : limits_(limits), chunk_scanner_(limits) {}

  // One of these first.
  void BeginNone() { part_ = Part::kEnd; }
  void BeginLength(uint64_t length);  // more than 0
  void BeginChunked() { part_ = Part::kChunkLine; }
  void BeginUntilClose() { part_ = Part::kUntilClose; }

  // Sets `*piece` to the body bytes found, which lie in `*input`, or to nothing. kNeedMore: call again with what is
  // left, or with new input. kDone: the body has ended, with `*piece`; not for a body that the connection's end ends.
  wire::DecodeStatus Read(H1Engine* engine, std::string_view* input, std::string_view* piece);

  // For the next message.
  void Reset();

  // Body bytes that have not been read yet, where the head tells.
  std::optional<uint64_t> remaining() const;
  bool until_close() const { return part_ == Part::kUntilClose; }
  // After kError: the trailers were beyond the limits.
  bool trailers_too_large() const { return trailers_too_large_; }
  size_t buffered_bytes() const { return pending_.size(); }

 private:
  enum class Part {
    kFixedBody,   // body_left_ bytes, the whole rest of the body
    kChunkLine,   // or, after the last chunk, the trailer section
    kChunkData,   // body_left_ bytes, the rest of a chunk
    kUntilClose,  // all that comes
    kEnd,
  };

  wire::DecodeStatus ReadChunkLine(H1Engine* engine, std::string_view* input);
  wire::DecodeStatus Fail();

  const LineLimits limits_;
  Part part_ = Part::kEnd;
  ChunkLineScanner chunk_scanner_;
  H1Part pending_;
  uint64_t body_left_ = 0;
  size_t extension_bytes_ = 0;
  bool trailers_too_large_ = false;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_BODY_H_
