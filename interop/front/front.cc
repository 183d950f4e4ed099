#include "interop/front/front.h"

#include <google/protobuf/descriptor.h>
#include <unistd.h>

#include <atomic>
#include <string_view>
#include <utility>

#include "connectrpc/interop/serve_http.h"
#include "connectrpc/observers.h"
#include "interop/front/backend.h"
#include "interop/front/backend_health.h"
#include "interop/front/line_writer.h"
#include "net/address.h"

namespace connectrpc::front {
namespace {

using google::protobuf::DescriptorPool;

HttpResponse Page(int status, std::string_view type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("content-type", type);
  response.headers.Add("cache-control", "no-store");
  response.body = std::move(body);
  return response;
}

// Beside GET and HEAD, plain handlers are given POST.
HttpHandler ReadOnly(HttpHandler answer) {
  return [answer = std::move(answer)](const HttpRequest& request) {
    if (request.method != "POST") return answer(request);
    HttpResponse refused = Page(405, "text/plain", "");
    refused.headers.Add("allow", "GET, HEAD");
    return refused;
  };
}

class FrontImpl final : public Front {
 public:
  FrontImpl(std::shared_ptr<grpc::Channel> channel, Schema schema)
      : channel_(std::move(channel)), schema_(std::move(schema)) {}

  absl::Status Start(const Settings& settings) {
    HttpOptions options = settings.http;
    options.services = schema_.services;
    if (!settings.metrics_path.empty()) {
      auto metrics = std::make_shared<Metrics>();
      options.observers.push_back(metrics);
      options.http_handlers[settings.metrics_path] = ReadOnly([this, metrics](const HttpRequest&) {
        std::string text = metrics->Text();
        if (const HttpServer* server = running_.load(std::memory_order_acquire)) text += MetricsText(server->stats());
        return Page(200, Metrics::kContentType, std::move(text));
      });
    }
    if (!settings.health_path.empty()) {
      auto health = std::make_shared<BackendHealth>(channel_);
      options.http_handlers[settings.health_path] = ReadOnly([health](const HttpRequest&) {
        const bool reachable = health->IsReachable();
        return Page(reachable ? 200 : 503, "text/plain", reachable ? "ok\n" : "the backend cannot be reached\n");
      });
    }
    if (settings.access_log) {
      auto writer = std::make_shared<LineWriter>(STDOUT_FILENO);
      options.observers.push_back(
          std::make_shared<AccessLog>([writer](std::string_view line) { writer->Write(line); }));
    }

    auto server = ServeHttp(channel_, *schema_.pool, options);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    running_.store(server_.get(), std::memory_order_release);
    // The first call, and the first probe, should find a connection.
    static_cast<void>(channel_->GetState(/*try_to_connect=*/true));
    return absl::OkStatus();
  }

  HttpServer& server() override { return *server_; }
  const std::vector<std::string>& services() const override { return schema_.services; }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  Schema schema_;
  std::unique_ptr<HttpServer> server_;  // uses the schema's pool
  // For requests, which may come before server_ is set. Whoever reads it runs on a thread of that server.
  std::atomic<const HttpServer*> running_{nullptr};
};

absl::StatusOr<std::unique_ptr<Front>> Start(const Settings& settings, Schema schema) {
  // Messages of the backend are not bounded: those who may send them are chosen by --backend.
  auto channel = OpenBackend(settings.backend, -1);
  if (!channel.ok()) return channel.status();
  auto front = std::make_unique<FrontImpl>(*std::move(channel), std::move(schema));
  absl::Status started = front->Start(settings);
  if (!started.ok()) return started;
  return front;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Front>> StartFront(const Settings& settings, const Say& say) {
  absl::StatusOr<Schema> schema = settings.reflection ? AskForSchema(settings, say) : ReadSchema(settings);
  if (!schema.ok()) return schema.status();
  return Start(settings, *std::move(schema));
}

absl::Status CheckSettings(const Settings& settings) {
  for (const std::string& address : settings.http.listen) {
    const auto parsed = net::ParseListenAddress(address);
    if (!parsed.ok()) return parsed.status();
  }
  Schema schema;
  if (settings.reflection) {
    // What the backend offers is not asked for. Health is known without its descriptors.
    schema.pool = std::make_unique<DescriptorPool>();
    schema.services = {"grpc.health.v1.Health"};
  } else {
    absl::StatusOr<Schema> read = ReadSchema(settings);
    if (!read.ok()) return read.status();
    schema = *std::move(read);
  }
  // All else is checked by starting for a moment, where nobody else is.
  Settings here = settings;
  here.access_log = false;
  here.http.listen = {"unix:@connect-front-check-" + std::to_string(getpid())};
  return Start(here, std::move(schema)).status();
}

}  // namespace connectrpc::front
