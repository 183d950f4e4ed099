#include "net/tls_pem.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "net/unique_fd.h"

namespace connectrpc::net {
namespace {

constexpr size_t kMaxFileBytes = 16 * 1024 * 1024;  // a bundle of all public authorities has a quarter of a megabyte

absl::Status Wrong(const PemSource& source, std::string_view what) {
  return absl::InvalidArgumentError(source.Name() + ": " + std::string(what));
}

absl::StatusOr<std::string> ReadFile(const PemSource& source) {
  const auto failed = [&] { return Wrong(source, std::generic_category().message(errno)); };
  // Not blocking: a FIFO without a writer must not hold the caller up.
  const UniqueFd fd(::open(source.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return failed();
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t bytes = ::read(fd.get(), buffer, sizeof(buffer));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return failed();
    if (bytes == 0) return text;
    text.append(buffer, static_cast<size_t>(bytes));
    if (text.size() > kMaxFileBytes) return Wrong(source, "too large");
  }
}

absl::StatusOr<std::string> Text(const PemSource& source) {
  if (!source.pem.empty() && !source.file.empty()) {
    const std::string option = source.option;
    return absl::InvalidArgumentError(option + "_pem and " + option + "_file are both set");
  }
  if (!source.file.empty()) return ReadFile(source);
  if (source.pem.empty()) return absl::InvalidArgumentError(std::string(source.option) + " is missing");
  if (source.pem.size() > kMaxFileBytes) return Wrong(source, "too large");
  return source.pem;
}

// In place of OpenSSL's, which asks on the terminal.
int NoPassphrase(char*, int, int, void*) {
  return -1;
}

bool EndOfPem() {
  const unsigned long error = ERR_peek_last_error();  // NOLINT: OpenSSL's type
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

std::string PemSource::Name() const {
  return file.empty() ? std::string(option) + "_pem" : std::string(option) + "_file \"" + file + "\"";
}

absl::StatusOr<std::vector<X509Ptr>> ReadCertificates(const PemSource& source) {
  absl::StatusOr<std::string> text = Text(source);
  if (!text.ok()) return text.status();
  ERR_clear_error();
  const BioPtr bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  std::vector<X509Ptr> certificates;
  for (;;) {
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
    if (certificate != nullptr) {
      certificates.push_back(std::move(certificate));
      continue;
    }
    if (!EndOfPem()) {
      return Wrong(source, "certificate " + std::to_string(certificates.size() + 1) + ": " + TakeOpenSslError());
    }
    ERR_clear_error();
    if (certificates.empty()) return Wrong(source, "holds no certificate in PEM");
    return certificates;
  }
}

absl::StatusOr<KeyPtr> ReadPrivateKey(const PemSource& source) {
  absl::StatusOr<std::string> text = Text(source);
  if (!text.ok()) return text.status();
  ERR_clear_error();
  const BioPtr bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  const bool encrypted = text->find("ENCRYPTED") != std::string::npos;
  OPENSSL_cleanse(text->data(), text->size());
  if (key != nullptr) return key;
  const std::string reason = TakeOpenSslError();
  if (encrypted) return Wrong(source, "the private key is encrypted; only keys without a passphrase are taken");
  return Wrong(source, "holds no private key in PEM: " + reason);
}

}  // namespace connectrpc::net
