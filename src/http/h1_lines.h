#ifndef CONNECTRPC_SRC_HTTP_H1_LINES_H_
#define CONNECTRPC_SRC_HTTP_H1_LINES_H_

#include <cstddef>
#include <string_view>

#include "http/http_client_session.h"
#include "http/http_session.h"

// Finds where the line-structured parts of an HTTP/1.1 message end, and judges line ends and sizes on the way, before
// the parser sees a byte: so the parser is always given whole parts, and what it answers cannot depend on how they
// arrived.
namespace connectrpc::http {

// Inside one chunk, and inside all chunks of one body.
inline constexpr size_t kMaxChunkExtensionBytes = 256;
inline constexpr size_t kMaxBodyExtensionBytes = 4 * 1024;
// Enough for any chunk that an in-memory message can need; leading zeros count.
inline constexpr size_t kMaxChunkSizeDigits = 8;

// The limits of either end that matter here. Those of a client name none for the status line: it may be as long as the
// fields.
struct LineLimits {
  LineLimits(const SessionLimits& limits);        // NOLINT: either kind of limits will do
  LineLimits(const ClientSessionLimits& limits);  // NOLINT

  size_t max_first_line_bytes;
  size_t max_list_bytes;
  size_t max_fields;
};

// What a scanner made of its input. All but kNeedMore end the scan.
enum class ScanStatus {
  kNeedMore,        // all input was taken
  kDone,            // the part is complete; what follows it was left in the input
  kMalformed,       // a bare CR or LF, a folded or missing line, a bad chunk size
  kLineTooLong,     // the first line of a head
  kFieldsTooLarge,  // bytes or number of the field lines
};

// One line at a time. A line ends with CRLF and has neither byte in between (RFC 9112 section 2.2).
class LineScanner {
 public:
  // Takes the bytes of `*input` up to the next line end. kLineTooLong: more than `max_bytes` before the CRLF.
  ScanStatus Scan(std::string_view* input, size_t max_bytes);

  // Of the line that ended last: without its CRLF.
  size_t line_bytes() const { return line_bytes_; }
  char first_byte() const { return first_byte_; }

  // Whether a line has begun and not ended.
  bool inside_line() const { return taken_ > 0; }

 private:
  size_t taken_ = 0;  // bytes of the current line so far, its CR included
  bool after_cr_ = false;
  size_t line_bytes_ = 0;
  char first_byte_ = 0;
};

// Field lines and the empty line that ends them: a head without its first line, or a trailer section.
class FieldLinesScanner {
 public:
  explicit FieldLinesScanner(const LineLimits& limits);
  ScanStatus Scan(std::string_view* input);

 private:
  size_t max_bytes_;  // with a CRLF for each line
  size_t max_fields_;
  LineScanner line_;
  size_t bytes_ = 0;
  size_t fields_ = 0;
};

// A head: from the first byte of the request or status line to the empty line.
class HeadScanner {
 public:
  explicit HeadScanner(const LineLimits& limits);
  ScanStatus Scan(std::string_view* input);

  // Whether any byte of the head has come.
  bool started() const { return in_fields_ || line_.inside_line(); }

 private:
  size_t max_first_line_bytes_;
  LineScanner line_;
  FieldLinesScanner fields_;
  bool in_fields_ = false;
};

// What stands between the data of chunks: the CRLF after the data of the chunk before, the line with the size and the
// extensions, and after the last chunk the trailer section. Scan again after kDone for the next chunk.
class ChunkLineScanner {
 public:
  explicit ChunkLineScanner(const LineLimits& limits);
  ScanStatus Scan(std::string_view* input);

 private:
  enum class Part {
    kDataEnd,   // the CRLF after chunk data
    kSize,      // size and extensions
    kTrailers,  // after the last chunk
  };

  // Reads the size from the line's first bytes, which `input` may hold. False if it is none of ours.
  bool ReadSizeDigits(std::string_view input);

  Part part_ = Part::kSize;
  LineScanner line_;
  FieldLinesScanner trailers_;
  size_t digits_ = 0;
  bool digits_ended_ = false;
  bool size_is_zero_ = true;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_LINES_H_
