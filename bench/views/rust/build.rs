// Generates both codecs' code from the messages of the benchmark, into Cargo's output directory.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["../datasets.proto"];
    let includes = [".."];
    println!("cargo:rerun-if-changed={}", files[0]);
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    let for_prost = out.join("prost");
    std::fs::create_dir_all(&for_prost)?;
    prost_build::Config::new()
        .out_dir(&for_prost)
        .compile_protos(&files, &includes)?;
    buffa_build::Config::new()
        .files(&files)
        .includes(&includes)
        .generate_views(true)
        .generate_json(true)
        .include_file("_buffa.rs")
        .compile()?;
    if std::env::var_os("CARGO_FEATURE_LARGE").is_some() {
        let file = std::path::PathBuf::from(std::env::var("LARGE_PROTO")?);
        let for_large = out.join("large");
        std::fs::create_dir_all(&for_large)?;
        println!("cargo:rerun-if-changed={}", file.display());
        buffa_build::Config::new()
            .out_dir(&for_large)
            .files(&[&file])
            .includes(&[file.parent().ok_or("LARGE_PROTO has no folder")?])
            .generate_views(true)
            .include_file("_large.rs")
            .compile()?;
    }
    Ok(())
}
