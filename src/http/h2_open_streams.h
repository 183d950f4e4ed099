#ifndef CONNECTRPC_SRC_HTTP_H2_OPEN_STREAMS_H_
#define CONNECTRPC_SRC_HTTP_H2_OPEN_STREAMS_H_

#include <cstddef>
#include <vector>

namespace connectrpc::http {

// The streams of an HTTP/2 connection that are not closed. Each knows its `slot`, so that all but going through them
// takes a fixed time.
template <class Stream>
class OpenStreams {
 public:
  // Makes room, so that the next Add does not throw.
  void ReserveOne() {
    if (streams_.size() == streams_.capacity()) streams_.reserve(2 * streams_.size() + 4);
  }
  void Add(Stream* stream) {
    stream->slot = streams_.size();
    streams_.push_back(stream);
  }
  // Also for one that was never added.
  bool Contains(const Stream* stream) const {
    return stream->slot < streams_.size() && streams_[stream->slot] == stream;
  }
  void Remove(Stream* stream) {
    streams_[stream->slot] = streams_.back();
    streams_[stream->slot]->slot = stream->slot;
    streams_.pop_back();
  }
  void Clear() { streams_.clear(); }

  size_t size() const { return streams_.size(); }
  bool empty() const { return streams_.empty(); }
  auto begin() const { return streams_.begin(); }
  auto end() const { return streams_.end(); }

 private:
  std::vector<Stream*> streams_;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_OPEN_STREAMS_H_
