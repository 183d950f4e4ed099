// Generates both peers' code from the protos of the benchmark, into Cargo's output directory.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../proto";
    let files = [
        format!("{root}/bench/v1/bench.proto"),
        format!("{root}/fortune/v1/fortune.proto"),
    ];
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    let for_tonic = out.join("tonic");
    std::fs::create_dir_all(&for_tonic)?;
    tonic_prost_build::configure()
        .build_client(false)
        .out_dir(&for_tonic)
        .compile_protos(&files, &[root.to_string()])?;
    connectrpc_build::Config::new()
        .files(&files)
        .includes(&[root])
        .include_file("_connectrpc.rs")
        .compile()?;
    Ok(())
}
