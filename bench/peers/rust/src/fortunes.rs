//! What GetFortunes asks of Redis, for both peers: eight connections that share their requests, taken in turn.

use std::sync::atomic::{AtomicUsize, Ordering};

use redis::AsyncTypedCommands;
use redis::aio::MultiplexedConnection;

const CONNECTIONS: usize = 8;

pub struct Store {
    connections: Vec<MultiplexedConnection>,
    next: AtomicUsize,
}

impl Store {
    /// Without an address there are no connections, and every query fails.
    pub async fn connect(address: Option<&str>) -> redis::RedisResult<Self> {
        let mut connections = Vec::new();
        if let Some(address) = address {
            let client = redis::Client::open(format!("redis://{address}"))?;
            let config = redis::AsyncConnectionConfig::new().set_pipeline_buffer_size(512);
            for _ in 0..CONNECTIONS {
                connections.push(
                    client
                        .get_multiplexed_async_connection_with_config(&config)
                        .await?,
                );
            }
        }
        Ok(Self {
            connections,
            next: AtomicUsize::new(0),
        })
    }

    pub async fn fortunes(&self) -> Result<Vec<(i32, String)>, String> {
        if self.connections.is_empty() {
            return Err("started without an address of Redis".to_string());
        }
        let index = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        let mut connection = self.connections[index].clone();
        let raw = connection
            .hgetall("fortunes")
            .await
            .map_err(|e| e.to_string())?;
        let mut fortunes: Vec<(i32, String)> = raw
            .into_iter()
            .map(|(id, text): (String, String)| (id.parse().unwrap_or(0), text))
            .collect();
        fortunes.push((0, "Additional fortune added at request time.".to_string()));
        fortunes.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(fortunes)
    }
}
