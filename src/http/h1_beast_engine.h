#ifndef CONNECTRPC_SRC_HTTP_H1_BEAST_ENGINE_H_
#define CONNECTRPC_SRC_HTTP_H1_BEAST_ENGINE_H_

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "http/h1_body.h"

namespace connectrpc::http {

// One message in Boost.Beast's parser. It is given whole parts only, so it never has to ask for more.
//
// `Builder` takes what the parser finds: of kIsRequest, OnRequestLine, otherwise OnStatusLine and OnTrailer; OnField
// and OnEnd. Each returns a Refusal, which ends the message unless it is Refusal().
template <class Builder>
class H1BeastEngine final : public H1Engine {
 public:
  using Refusal = typename Builder::Refusal;

  // `skip_body`: what follows the head is not its body, whatever it says (the answer to HEAD).
  void Begin(Builder builder, bool skip_body = false) {
    parser_.emplace(builder);
    parser_->skip(skip_body);
  }

  bool Put(std::string_view bytes) override {
    // Beast's containers report oversized input by std::length_error; this parser has none of them, but whatever
    // escapes is the fault of the input.
    try {
      boost::beast::error_code error;
      const size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
      bad_version_ = error == boost::beast::http::error::bad_version;
      return !error && taken == bytes.size();
    } catch (...) {
      return false;
    }
  }
  bool is_done() const override { return parser_->is_done(); }
  uint64_t chunk_size() const override { return parser_->chunk_size; }
  std::string_view chunk_extension() const override { return parser_->chunk_extension; }

  // After Put has failed: it was for the version on the first line; and what the builder said.
  bool bad_version() const { return bad_version_; }
  Refusal refusal() const { return parser_->refusal; }

 private:
  using Text = boost::beast::string_view;
  using ErrorCode = boost::beast::error_code;

  static std::string_view View(Text text) { return {text.data(), text.size()}; }

  class Parser final : public boost::beast::http::basic_parser<Builder::kIsRequest> {
   public:
    explicit Parser(Builder head_builder) : builder(head_builder) {
      // Sizes are limited before the parser sees the bytes. (No limit at all would not do: 1.74 takes boost::none for
      // less than every length.)
      this->header_limit(std::numeric_limits<uint32_t>::max());
      this->body_limit(std::numeric_limits<uint64_t>::max());
    }

    Builder builder;
    Refusal refusal{};
    uint64_t chunk_size = 0;
    std::string_view chunk_extension;

   private:
    void Judge(Refusal judgement, ErrorCode& error) {
      if (judgement == Refusal()) return;
      refusal = judgement;
      error = boost::beast::http::error::bad_value;
    }

    void on_request_impl(boost::beast::http::verb, Text method, Text target, int version, ErrorCode& error) override {
      if constexpr (Builder::kIsRequest) Judge(builder.OnRequestLine(View(method), View(target), version), error);
    }
    void on_response_impl(int status, Text, int version, ErrorCode& error) override {
      if constexpr (!Builder::kIsRequest) Judge(builder.OnStatusLine(status, version), error);
    }
    void on_field_impl(boost::beast::http::field, Text name, Text value, ErrorCode& error) override {
      if (!this->is_header_done()) {
        Judge(builder.OnField(View(name), View(value)), error);
      } else if constexpr (!Builder::kIsRequest) {
        Judge(builder.OnTrailer(View(name), View(value)), error);
      }  // Being well formed is all that is asked of the trailers of a request.
    }
    void on_header_impl(ErrorCode& error) override { Judge(builder.OnEnd(), error); }
    void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
    size_t on_body_impl(Text body, ErrorCode&) override { return body.size(); }
    void on_chunk_header_impl(uint64_t size, Text extensions, ErrorCode&) override {
      chunk_size = size;
      chunk_extension = View(extensions);
    }
    size_t on_chunk_body_impl(uint64_t, Text body, ErrorCode&) override { return body.size(); }
    void on_finish_impl(ErrorCode&) override {}
  };

  std::optional<Parser> parser_;
  bool bad_version_ = false;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_BEAST_ENGINE_H_
