// The sidecar under test: starts a gRPC server and connect-front before it, and speaks for them to the suite's runner,
// which knows one program only. It ends both on SIGTERM.

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/child_process.h"
#include "conformance/compat_io.h"
#include "connectrpc/conformance/v1/server_compat.pb.h"

namespace connectrpc::conformance {
namespace {

constexpr size_t kMaxRequestBytes = 1024 * 1024;
constexpr std::chrono::seconds kShutdownGrace{2};  // of each program; the runner kills after 5 s
constexpr std::string_view kUsage =
    "usage: conformance_front CONNECT_FRONT GRPC_SERVER DESCRIPTOR_SET\n"
    "Started by the runner of the Connect conformance suite; see conformance/README.md.\n";

std::nullopt_t Fail(std::string_view what) {
  std::cerr << "conformance_front: " << what << "\n";
  return std::nullopt;
}

std::optional<v1::ServerCompatRequest> ReadRequest() {
  v1::ServerCompatRequest request;
  if (ReadCompatMessage(std::cin, kMaxRequestBytes, &request) != CompatRead::kMessage) {
    return Fail("no ServerCompatRequest on stdin");
  }
  if (request.http_version() == v1::HTTP_VERSION_3) return Fail("HTTP/3 is not supported");
  return request;
}

// Passes arguments to connect-front.
class Arguments {
 public:
  explicit Arguments(std::string program) : command_{std::move(program)} {}

  void Add(std::string name, std::string value) {
    command_.push_back("--" + std::move(name));
    command_.push_back(std::move(value));
  }

  // Passes the name of a file that holds `text`. It lies in memory, open in the program that is started, and is gone
  // with the last process that has it. False if the system refuses.
  [[nodiscard]] bool AddFile(std::string name, const std::string& text) {
    const int fd = memfd_create(name.c_str(), 0);
    if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return false;
    Add(std::move(name), "/proc/self/fd/" + std::to_string(fd));
    return true;
  }

  const std::vector<std::string>& command() const { return command_; }

 private:
  std::vector<std::string> command_;
};

// The port in the line in which connect-front says where it listens: "... serving N services of TARGET on
// 127.0.0.1:PORT". 0 for other lines.
int ParsePort(const std::string& line) {
  constexpr std::string_view kBeforePort = " on 127.0.0.1:";
  const size_t at = line.rfind(kBeforePort);
  return at == std::string::npos ? 0 : std::atoi(line.c_str() + at + kBeforePort.size());
}

std::optional<std::vector<std::string>> FrontCommand(const v1::ServerCompatRequest& request, const std::string& program,
                                                     const std::string& backend, const std::string& descriptor_set) {
  Arguments arguments(program);
  arguments.Add("listen", "127.0.0.1:0");
  arguments.Add("backend", backend);
  arguments.Add("descriptor-set", descriptor_set);
  if (request.message_receive_limit() != 0) {
    arguments.Add("limit-max-message-bytes", std::to_string(request.message_receive_limit()));
  }
  bool ok = true;
  if (request.use_tls()) {
    ok = arguments.AddFile("tls-cert", request.server_creds().cert()) &&
         arguments.AddFile("tls-key", request.server_creds().key());
  }
  if (!request.client_tls_cert().empty()) {
    ok = ok && arguments.AddFile("tls-client-ca", request.client_tls_cert());
    arguments.Add("tls-client-auth", "required");
  }
  if (!ok) return Fail("no memory for certificates");
  return arguments.command();
}

bool WriteResponse(int port, const v1::ServerCompatRequest& request) {
  v1::ServerCompatResponse response;
  response.set_host("127.0.0.1");
  response.set_port(port);
  if (request.use_tls()) response.set_pem_cert(request.server_creds().cert());
  return WriteCompatMessage(response, std::cout);
}

// Starts both programs; the port of connect-front, or nothing.
std::optional<int> StartPrograms(const v1::ServerCompatRequest& request, const std::string& front_program,
                                 const std::string& grpc_program, const std::string& descriptor_set,
                                 ChildProcess* grpc_server, ChildProcess* front) {
  if (!grpc_server->Start({grpc_program}, STDOUT_FILENO)) return Fail("the gRPC server does not start");
  const std::optional<std::string> backend_port = grpc_server->ReadLine();
  if (!backend_port.has_value()) return Fail("the gRPC server says no port");

  const auto command = FrontCommand(request, front_program, "ipv4:127.0.0.1:" + *backend_port, descriptor_set);
  if (!command.has_value()) return std::nullopt;
  if (!front->Start(*command, STDERR_FILENO)) return Fail("connect-front does not start");
  while (const std::optional<std::string> line = front->ReadLine()) {
    std::cerr << *line << "\n";
    if (const int port = ParsePort(*line); port != 0) return port;
  }
  return Fail("connect-front does not say where it listens");
}

int Serve(const std::string& front_program, const std::string& grpc_program, const std::string& descriptor_set) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &signals, nullptr);

  const std::optional<v1::ServerCompatRequest> request = ReadRequest();
  if (!request.has_value()) return 1;
  ChildProcess grpc_server;
  ChildProcess front;
  const std::optional<int> port =
      StartPrograms(*request, front_program, grpc_program, descriptor_set, &grpc_server, &front);
  if (!port.has_value() || !WriteResponse(*port, *request)) return 1;

  std::thread forward([&front] {
    while (const std::optional<std::string> line = front.ReadLine()) std::cerr << *line << "\n";
  });
  // The end of stdin, which the runner closes early, means nothing.
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  front.Stop(kShutdownGrace);
  grpc_server.Stop(kShutdownGrace);
  forward.join();
  if (signal_number != SIGCHLD) return 0;
  Fail("one of the programs ended by itself");
  return 1;
}

int Main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::cout << kUsage;
    return 0;
  }
  if (argc != 4) {
    std::cerr << kUsage;
    return 2;
  }
  return Serve(argv[1], argv[2], argv[3]);
}

}  // namespace
}  // namespace connectrpc::conformance

int main(int argc, char** argv) {
  return connectrpc::conformance::Main(argc, argv);
}
