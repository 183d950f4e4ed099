//! The workloads behind tonic. Prints the port and serves until killed.
//!
//! usage: tonic [REDIS-HOST:PORT]

mod fortunes;

mod bench {
    include!(concat!(env!("OUT_DIR"), "/tonic/bench.v1.rs"));
}
mod fortune {
    include!(concat!(env!("OUT_DIR"), "/tonic/fortune.v1.rs"));
}

use std::pin::Pin;
use std::time::Duration;

use bench::bench_service_server::{BenchService, BenchServiceServer};
use bench::echo_service_server::{EchoService, EchoServiceServer};
use bench::log_ingest_service_server::{LogIngestService, LogIngestServiceServer};
use bench::*;
use fortune::fortune_service_server::{FortuneService, FortuneServiceServer};
use fortune::*;
use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

struct Echo;

#[tonic::async_trait]
impl EchoService for Echo {
    async fn echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        let message = request.into_inner().message;
        Ok(Response::new(EchoResponse { message }))
    }

    async fn slow_echo(
        &self,
        request: Request<EchoRequest>,
    ) -> Result<Response<EchoResponse>, Status> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let message = request.into_inner().message;
        Ok(Response::new(EchoResponse { message }))
    }
}

struct LogIngest;

#[tonic::async_trait]
impl LogIngestService for LogIngest {
    async fn ingest(
        &self,
        request: Request<LogRequest>,
    ) -> Result<Response<LogIngestResponse>, Status> {
        let mut response = LogIngestResponse::default();
        for record in &request.get_ref().records {
            response.count += 1;
            response.max_severity = response.max_severity.max(record.severity);
            let mut bytes = record.message.len()
                + record.service_name.len()
                + record.instance_id.len()
                + record.trace_id.len()
                + record.span_id.len();
            if let Some(source) = &record.source {
                bytes += source.file.len() + source.function.len();
                std::hint::black_box(source.line);
            }
            response.total_message_bytes += bytes as i64;
            for (key, value) in &record.labels {
                response.total_label_bytes += (key.len() + value.len()) as i64;
            }
        }
        Ok(Response::new(response))
    }
}

struct Bench;

type Responses = Pin<Box<dyn Stream<Item = Result<BenchResponse, Status>> + Send>>;

#[tonic::async_trait]
impl BenchService for Bench {
    type ServerStreamStream = Responses;
    type BidiStreamStream = Responses;

    async fn unary(
        &self,
        request: Request<BenchRequest>,
    ) -> Result<Response<BenchResponse>, Status> {
        let payload = request.into_inner().payload;
        Ok(Response::new(BenchResponse { payload }))
    }

    async fn server_stream(
        &self,
        request: Request<BenchRequest>,
    ) -> Result<Response<Responses>, Status> {
        let request = request.into_inner();
        let responses = (0..request.response_count).map(move |_| {
            Ok(BenchResponse {
                payload: request.payload.clone(),
            })
        });
        Ok(Response::new(Box::pin(futures::stream::iter(responses))))
    }

    async fn client_stream(
        &self,
        request: Request<Streaming<BenchRequest>>,
    ) -> Result<Response<BenchResponse>, Status> {
        let mut requests = request.into_inner();
        let mut response = BenchResponse::default();
        while let Some(request) = requests.message().await? {
            response.payload = request.payload;
        }
        Ok(Response::new(response))
    }

    async fn bidi_stream(
        &self,
        request: Request<Streaming<BenchRequest>>,
    ) -> Result<Response<Responses>, Status> {
        let responses = request.into_inner().map(|request| {
            Ok(BenchResponse {
                payload: request?.payload,
            })
        });
        Ok(Response::new(Box::pin(responses)))
    }
}

struct Fortunes(fortunes::Store);

#[tonic::async_trait]
impl FortuneService for Fortunes {
    async fn get_fortunes(
        &self,
        _request: Request<GetFortunesRequest>,
    ) -> Result<Response<GetFortunesResponse>, Status> {
        let fortunes = self.0.fortunes().await.map_err(Status::internal)?;
        Ok(Response::new(GetFortunesResponse {
            fortunes: fortunes
                .into_iter()
                .map(|(id, message)| Fortune { id, message })
                .collect(),
        }))
    }
}

const MAX_MESSAGE: usize = 64 * 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = fortunes::Store::connect(std::env::args().nth(1).as_deref()).await?;
    // Without it small answers would wait for acknowledgements. connect-rust sets it by itself.
    let incoming = tonic::transport::server::TcpIncoming::bind("127.0.0.1:0".parse()?)?
        .with_nodelay(Some(true));
    println!("{}", incoming.local_addr()?.port());
    tonic::transport::Server::builder()
        .add_service(EchoServiceServer::new(Echo).max_decoding_message_size(MAX_MESSAGE))
        .add_service(LogIngestServiceServer::new(LogIngest))
        .add_service(BenchServiceServer::new(Bench).max_decoding_message_size(MAX_MESSAGE))
        .add_service(FortuneServiceServer::new(Fortunes(store)))
        .serve_with_incoming(incoming)
        .await?;
    Ok(())
}
