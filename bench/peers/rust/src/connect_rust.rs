//! The workloads behind connect-rust: Connect, gRPC and gRPC-Web on one port. Prints the port and serves until killed.
//!
//! usage: connect_rust [REDIS-HOST:PORT]

#![allow(refining_impl_trait)]

mod fortunes;

connectrpc::include_generated!();

use std::time::Duration;

use bench::v1::*;
use connectrpc::compression::{CompressionRegistry, GzipProvider, ZstdProvider};
use connectrpc::dispatcher::Chain;
use connectrpc::{
    ConnectError, ConnectRpcService, Limits, RequestContext, Response, ServiceRequest,
    ServiceResult, ServiceStream, StreamMessage,
};
use fortune::v1::*;
use futures::StreamExt;

struct Echo;

impl EchoService for Echo {
    async fn echo(
        &self,
        _ctx: RequestContext,
        request: ServiceRequest<'_, EchoRequest>,
    ) -> ServiceResult<EchoResponse> {
        Response::ok(EchoResponse {
            message: request.message.to_string(),
            ..Default::default()
        })
    }

    async fn slow_echo(
        &self,
        _ctx: RequestContext,
        request: ServiceRequest<'_, EchoRequest>,
    ) -> ServiceResult<EchoResponse> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Response::ok(EchoResponse {
            message: request.message.to_string(),
            ..Default::default()
        })
    }
}

struct LogIngest;

impl LogIngestService for LogIngest {
    // On views: no string is copied.
    async fn ingest(
        &self,
        _ctx: RequestContext,
        request: ServiceRequest<'_, LogRequest>,
    ) -> ServiceResult<LogIngestResponse> {
        let mut response = LogIngestResponse::default();
        for record in request.records.iter() {
            response.count += 1;
            response.max_severity = response.max_severity.max(record.severity.to_i32());
            let bytes = record.message.len()
                + record.service_name.len()
                + record.instance_id.len()
                + record.trace_id.len()
                + record.span_id.len()
                + record.source.file.len()
                + record.source.function.len();
            std::hint::black_box(record.source.line);
            response.total_message_bytes += bytes as i64;
            for (key, value) in record.labels.iter() {
                response.total_label_bytes += (key.len() + value.len()) as i64;
            }
        }
        Response::ok(response)
    }
}

struct Bench;

impl BenchService for Bench {
    async fn unary(
        &self,
        _ctx: RequestContext,
        request: ServiceRequest<'_, BenchRequest>,
    ) -> ServiceResult<BenchResponse> {
        Response::ok(BenchResponse {
            payload: request.to_owned_message().payload,
            ..Default::default()
        })
    }

    async fn server_stream(
        &self,
        _ctx: RequestContext,
        request: ServiceRequest<'_, BenchRequest>,
    ) -> ServiceResult<ServiceStream<BenchResponse>> {
        let request = request.to_owned_message();
        let responses = (0..request.response_count).map(move |_| {
            Ok(BenchResponse {
                payload: request.payload.clone(),
                ..Default::default()
            })
        });
        Response::stream_ok(futures::stream::iter(responses))
    }

    async fn client_stream(
        &self,
        _ctx: RequestContext,
        mut requests: ServiceStream<StreamMessage<BenchRequest>>,
    ) -> ServiceResult<BenchResponse> {
        let mut response = BenchResponse::default();
        while let Some(request) = requests.next().await {
            response.payload = request?.to_owned_message().payload;
        }
        Response::ok(response)
    }

    async fn bidi_stream(
        &self,
        _ctx: RequestContext,
        requests: ServiceStream<StreamMessage<BenchRequest>>,
    ) -> ServiceResult<ServiceStream<BenchResponse>> {
        Response::stream_ok(requests.map(|request| {
            Ok(BenchResponse {
                payload: request?.to_owned_message().payload,
                ..Default::default()
            })
        }))
    }
}

struct Fortunes(fortunes::Store);

impl FortuneService for Fortunes {
    async fn get_fortunes(
        &self,
        _ctx: RequestContext,
        _request: ServiceRequest<'_, GetFortunesRequest>,
    ) -> ServiceResult<GetFortunesResponse> {
        let fortunes = self.0.fortunes().await.map_err(ConnectError::internal)?;
        Response::ok(GetFortunesResponse {
            fortunes: fortunes
                .into_iter()
                .map(|(id, message)| Fortune {
                    id,
                    message,
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let store = fortunes::Store::connect(std::env::args().nth(1).as_deref()).await?;
    // Generated dispatch, which is faster than the Router. The service of the echo comes first.
    let services = Chain(
        EchoServiceServer::new(Echo),
        Chain(
            LogIngestServiceServer::new(LogIngest),
            Chain(
                BenchServiceServer::new(Bench),
                FortuneServiceServer::new(Fortunes(store)),
            ),
        ),
    );
    // gzip's level is that of gRPC C++, which cannot be set, instead of 1.
    let compression = CompressionRegistry::new()
        .register(GzipProvider::with_level(6))
        .register(ZstdProvider::new());
    let service = ConnectRpcService::new(services)
        .with_limits(Limits::unlimited())
        .with_compression(compression);
    let bound = connectrpc::server::Server::bind("127.0.0.1:0").await?;
    println!("{}", bound.local_addr()?.port());
    bound.serve_with_service(service).await
}
