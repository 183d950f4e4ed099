//! What views_bench.cc measures, with buffa's views and owned messages and with prost. Takes and answers the same lines;
//! allocations are not counted.
//!
//! usage: views_bench FOLDER

mod sums;

include!(concat!(env!("OUT_DIR"), "/_buffa.rs"));
#[allow(clippy::all)]
mod prost_datasets {
    include!(concat!(env!("OUT_DIR"), "/prost/datasets.rs"));
}

use std::collections::HashMap;
use std::hint::black_box;
use std::io::{BufRead, Write};

use buffa::{HasMessageView, MessageView, ViewEncode};
use sums::Sum;

/// Of this process, in nanoseconds.
fn processor_time() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock exists, and `time` is one to be written to.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn split(mut bytes: &'static [u8]) -> Vec<&'static [u8]> {
    let mut payloads = Vec::new();
    while !bytes.is_empty() {
        let length = prost::decode_length_delimiter(&mut bytes).expect("a length");
        let (payload, rest) = bytes.split_at(length);
        payloads.push(payload);
        bytes = rest;
    }
    payloads
}

/// One pass over all messages, which returns what they add up to.
type Pass = Box<dyn FnMut() -> u64>;

/// What is encoded is decoded once, before.
fn pass<M: Sum + 'static>(
    operation: &str,
    payloads: Vec<&'static [u8]>,
    decode: impl Fn(&'static [u8]) -> M + 'static,
    encode: impl Fn(&M, &mut Vec<u8>) + 'static,
    json: Option<impl Fn(&M, &mut Vec<u8>) + 'static>,
) -> Option<Pass> {
    fn write_each<M>(messages: &[M], out: &mut Vec<u8>, write: &impl Fn(&M, &mut Vec<u8>)) -> u64 {
        messages.iter().fold(0, |sum, message| {
            out.clear();
            write(message, out);
            sum + black_box(&*out).len() as u64
        })
    }
    let mut out = Vec::new();
    match operation {
        "decode" => Some(Box::new(move || {
            payloads.iter().fold(0, |sum, payload| {
                black_box(&decode(payload));
                sum + 1
            })
        })),
        "read" => Some(Box::new(move || {
            payloads.iter().fold(0u64, |sum, payload| {
                sum.wrapping_add(black_box(&decode(payload)).sum())
            })
        })),
        "encode" => {
            let messages: Vec<M> = payloads.into_iter().map(decode).collect();
            Some(Box::new(move || write_each(&messages, &mut out, &encode)))
        }
        "json" => {
            let json = json?;
            let messages: Vec<M> = payloads.into_iter().map(decode).collect();
            Some(Box::new(move || write_each(&messages, &mut out, &json)))
        }
        _ => None,
    }
}

fn to_json(message: &impl serde::Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, message).expect("JSON");
}

fn subject_pass<M, P>(operation: &str, subject: &str, payloads: Vec<&'static [u8]>) -> Option<Pass>
where
    M: buffa::Message + HasMessageView + Sum + serde::Serialize + 'static,
    M::View<'static>: MessageView<'static> + ViewEncode<'static> + Sum + serde::Serialize,
    P: prost::Message + Default + Sum + 'static,
{
    match subject {
        "buffa" => pass(
            operation,
            payloads,
            |bytes| M::decode_from_slice(bytes).expect("a message"),
            |message, out| buffa::Message::encode(message, out),
            Some(|message: &M, out: &mut Vec<u8>| to_json(message, out)),
        ),
        "buffa-view" => pass(
            operation,
            payloads,
            |bytes| M::View::<'static>::decode_view(bytes).expect("a message"),
            |message, out| ViewEncode::encode(message, out),
            Some(|message: &M::View<'static>, out: &mut Vec<u8>| to_json(message, out)),
        ),
        "prost" => pass(
            operation,
            payloads,
            |bytes| P::decode(bytes).expect("a message"),
            |message, out| prost::Message::encode(message, out).expect("room"),
            None::<fn(&P, &mut Vec<u8>)>,
        ),
        _ => None,
    }
}

fn open(folder: &str, dataset: &str, operation: &str, subject: &str) -> Option<Pass> {
    let bytes = std::fs::read(format!("{folder}/{dataset}.bin")).ok()?;
    let payloads = split(bytes.leak());
    use crate::prost_datasets as other;
    match dataset {
        "api_response" => {
            subject_pass::<datasets::ApiResponse, other::ApiResponse>(operation, subject, payloads)
        }
        "log_record" => {
            subject_pass::<datasets::LogRecord, other::LogRecord>(operation, subject, payloads)
        }
        "analytics_event" => subject_pass::<datasets::AnalyticsEvent, other::AnalyticsEvent>(
            operation, subject, payloads,
        ),
        "media_frame" => {
            subject_pass::<datasets::MediaFrame, other::MediaFrame>(operation, subject, payloads)
        }
        "google_message1" => subject_pass::<datasets::GoogleMessage1, other::GoogleMessage1>(
            operation, subject, payloads,
        ),
        "packed_tile" => {
            subject_pass::<datasets::PackedTile, other::PackedTile>(operation, subject, payloads)
        }
        "packed_signed" => subject_pass::<datasets::PackedSigned, other::PackedSigned>(
            operation, subject, payloads,
        ),
        "mesh" => subject_pass::<datasets::TriMesh, other::TriMesh>(operation, subject, payloads),
        "column_batch" => {
            subject_pass::<datasets::ColumnBatch, other::ColumnBatch>(operation, subject, payloads)
        }
        _ => None,
    }
}

fn main() {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: views_bench FOLDER");
        std::process::exit(2);
    };
    let mut passes: HashMap<String, Option<Pass>> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [dataset, operation, subject, count] = words[..] else {
            println!("error: {line}");
            continue;
        };
        let count: u64 = count.parse().unwrap_or(0);
        let pass = passes
            .entry(format!("{dataset} {operation} {subject}"))
            .or_insert_with(|| open(&folder, dataset, operation, subject));
        match pass {
            Some(pass) if count > 0 => {
                let mut checksum = 0;
                let start = processor_time();
                for _ in 0..count {
                    checksum = pass();
                }
                println!("{} {checksum} 0", processor_time() - start);
            }
            _ => println!("error: {line}"),
        }
        std::io::stdout().flush().expect("a reader");
    }
}
