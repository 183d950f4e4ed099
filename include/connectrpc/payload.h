#ifndef CONNECTRPC_PAYLOAD_H_
#define CONNECTRPC_PAYLOAD_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace connectrpc {

// One contiguous run of bytes, usually a message. Borrowed bytes are valid only during the call that hands the payload
// over; whoever keeps it longer calls EnsureOwned() or TakeString(). Owned bytes live in a string, or in foreign memory
// that comes with the function that releases it. Move-only; a moved-from payload is empty.
class Payload {
 public:
  using Release = void (*)(void* owner);

  Payload() = default;
  static Payload Borrow(std::string_view bytes);
  static Payload Own(std::string bytes);
  // Takes over `bytes`, which stay valid until release(owner) is called, once, on any thread.
  static Payload Adopt(std::string_view bytes, Release release, void* owner);

  Payload(Payload&& other) noexcept;
  Payload& operator=(Payload&& other) noexcept;
  ~Payload();

  // Valid until the payload is moved, changed or destroyed (a short string keeps its bytes inside itself).
  std::string_view view() const { return kind_ == Kind::kString ? std::string_view(string_) : bytes_; }
  size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }

  bool owned() const { return kind_ != Kind::kBorrowed; }
  // Copies borrowed bytes; otherwise does nothing.
  void EnsureOwned();
  // The bytes as a string: moved where the payload holds one, copied otherwise. Leaves the payload empty.
  std::string TakeString();

 private:
  enum class Kind { kBorrowed, kString, kForeign };

  // What moving leaves behind. The string was moved, and its capacity with it.
  void Forget() {
    if (kind_ == Kind::kString) string_.clear();
    kind_ = Kind::kBorrowed;
    bytes_ = {};
  }
  // Back to empty and borrowed.
  void Drop() {
    if (kind_ == Kind::kForeign) release_(owner_);
    Forget();
  }

  Kind kind_ = Kind::kBorrowed;
  std::string_view bytes_;  // unless kString
  std::string string_;
  Release release_ = nullptr;
  void* owner_ = nullptr;
};

// A message passes through many hands, nearly always without a string of its own: moving one must cost next to nothing.
inline Payload::Payload(Payload&& other) noexcept
    : kind_(other.kind_), bytes_(other.bytes_), release_(other.release_), owner_(other.owner_) {
  if (kind_ == Kind::kString) string_ = std::move(other.string_);
  other.Forget();
}

inline Payload& Payload::operator=(Payload&& other) noexcept {
  if (this == &other) return *this;
  Drop();
  kind_ = other.kind_;
  bytes_ = other.bytes_;
  if (kind_ == Kind::kString) string_ = std::move(other.string_);
  release_ = other.release_;
  owner_ = other.owner_;
  other.Forget();
  return *this;
}

inline Payload::~Payload() {
  if (kind_ == Kind::kForeign) release_(owner_);
}

// What becomes of a message that was handed over to be sent.
enum class SendResult {
  kOk,
  kFull,  // taken as well, but the next one should wait for OnWritable
};

}  // namespace connectrpc

#endif  // CONNECTRPC_PAYLOAD_H_
