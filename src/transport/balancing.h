#ifndef CONNECTRPC_SRC_TRANSPORT_BALANCING_H_
#define CONNECTRPC_SRC_TRANSPORT_BALANCING_H_

#include <cstddef>
#include <optional>
#include <random>

#include "connectrpc/http_transport.h"

namespace connectrpc::transport {

// Chooses where the next call goes.
class Balancer final {
 public:
  // What is chosen among, by index: the order is that of preference, and of turns.
  class Backends {
   public:
    virtual size_t Count() const = 0;
    virtual bool CanTake(size_t index) = 0;
    // Calls under way there.
    virtual size_t Load(size_t index) = 0;

   protected:
    ~Backends() = default;
  };

  Balancer(Balancing how, std::minstd_rand::result_type seed) : how_(how), random_(seed) {}

  // One that can take a call, or nothing where none can. Asks no more than it has to.
  std::optional<size_t> Pick(Backends* backends);

 private:
  // The first that can take a call from `start` on, around the end; but not `except`.
  static std::optional<size_t> FirstFrom(size_t start, size_t except, Backends* backends);
  std::optional<size_t> PickOfTwo(Backends* backends);
  size_t Random(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }

  const Balancing how_;
  std::minstd_rand random_;
  size_t next_ = 0;  // whose turn it is
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_BALANCING_H_
