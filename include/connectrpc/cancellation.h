#ifndef CONNECTRPC_CANCELLATION_H_
#define CONNECTRPC_CANCELLATION_H_

#include <mutex>

namespace connectrpc {

// Cancels calls from outside: `CallOptions::cancellation` names it, any number of calls may. Thread-safe; must outlive
// the calls: their ends, or the handles of streams, whichever goes first.
class Cancellation {
 public:
  // A call that is to be told. Embedded in the call; OnCancel runs once, on the thread that calls Cancel, and under the
  // lock that Remove takes: it only posts.
  class Listener {
   public:
    virtual void OnCancel() = 0;

   protected:
    ~Listener() = default;

   private:
    friend class Cancellation;
    Listener* previous_ = nullptr;
    Listener* next_ = nullptr;
    bool listed_ = false;
  };

  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Ends all calls that name it with `canceled`, those to come included.
  void Cancel();
  bool canceled() const;

  // For calls. False, without listing it, where Cancel has been called.
  bool Add(Listener* listener);
  // No OnCancel runs any more when it returns. Does nothing for one that is not listed.
  void Remove(Listener* listener);

 private:
  mutable std::mutex mutex_;
  Listener* first_ = nullptr;
  bool canceled_ = false;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_CANCELLATION_H_
