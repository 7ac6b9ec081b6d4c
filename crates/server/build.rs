//! Embeds the pages that `make ui` built. Without them the folder is empty and the binary says so.

fn main() {
    let pages = "../../ui/dist";
    // A folder that is missing would make Cargo build this crate again every time.
    let _ = std::fs::create_dir_all(pages);
    println!("cargo:rerun-if-changed={pages}");
}
