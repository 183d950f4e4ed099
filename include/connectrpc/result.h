#ifndef CONNECTRPC_RESULT_H_
#define CONNECTRPC_RESULT_H_

#include <utility>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"

namespace connectrpc {

// How a call with one response message went: the message, or an error; and what the server sent beside it. A value
// type.
template <class T>
class Result {
 public:
  // An error, for mocks and interceptors; error.ok() gives a default message.
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: by purpose
  Result(T value) : value_(std::move(value)) {}      // NOLINT: by purpose
  Result(T value, Error error, HeaderList headers, HeaderList trailers)
      : value_(std::move(value)),
        error_(std::move(error)),
        headers_(std::move(headers)),
        trailers_(std::move(trailers)) {}

  bool ok() const { return error_.ok(); }
  explicit operator bool() const { return ok(); }
  // Code kOk for success.
  const Error& error() const { return error_; }

  // The message; default unless ok().
  const T& value() const& { return value_; }
  T& value() & { return value_; }
  T&& value() && { return std::move(value_); }
  const T& operator*() const& { return value_; }
  T& operator*() & { return value_; }
  T&& operator*() && { return std::move(value_); }
  const T* operator->() const { return &value_; }
  T* operator->() { return &value_; }

  // What came beside message or error; "-bin" values are raw.
  const HeaderList& headers() const { return headers_; }
  const HeaderList& trailers() const { return trailers_; }

 private:
  T value_{};
  Error error_;
  HeaderList headers_;
  HeaderList trailers_;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_RESULT_H_
