#ifndef CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_
#define CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "connectrpc/error.h"
#include "net/address.h"
#include "net/loop.h"
#include "transport/config.h"

namespace connectrpc::transport {

// In place of src/transport/connection.h, with what a pool uses of it: the test is the server. Listed by its loop.
class Connection final {
 public:
  class Owner {
   public:
    virtual void OnReady(Connection* connection) = 0;
    virtual void OnCapacity(Connection* connection) = 0;
    virtual void OnGoingAway(Connection* connection) = 0;
    virtual void OnClosed(Connection* connection, const Error& error) = 0;

   protected:
    ~Owner() = default;
  };

  Connection(const Config*, net::Loop* loop, std::vector<net::SocketAddress> addresses, Owner* owner)
      : loop_(loop), owner_(owner) {
    for (const net::SocketAddress& address : addresses) to += (to.empty() ? "" : " ") + net::FormatAddress(address);
    loop_->connections.push_back(this);
  }
  ~Connection() {
    auto& all = loop_->connections;
    all.erase(std::find(all.begin(), all.end(), this));
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool ready() const { return ready_ && !ending_; }
  size_t capacity() const { return ready() ? places_ - streams_ : 0; }
  size_t streams() const { return streams_; }
  void Shutdown() { ending_ = shut_down = true; }
  void Close(const Error& error) {
    if (closed_) return;
    closed_ = ending_ = true;
    owner_->OnClosed(this, error);
  }

  // --- For tests ---
  void BecomeReady(size_t places) {
    ready_ = true;
    places_ = places;
    owner_->OnReady(this);
  }
  void Fail(const std::string& why) { Close(Error(Code::kUnavailable, why)); }
  void TakePlace() { ++streams_; }
  void GiveBack() {
    --streams_;
    if (capacity() == 1) owner_->OnCapacity(this);
  }
  void GoAway() {
    ending_ = true;
    owner_->OnGoingAway(this);
  }

  std::string to;  // the addresses, with spaces in between
  bool shut_down = false;

 private:
  net::Loop* const loop_;
  Owner* const owner_;
  size_t places_ = 0;
  size_t streams_ = 0;
  bool ready_ = false;
  bool ending_ = false;
  bool closed_ = false;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_
