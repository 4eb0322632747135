//! Makes sure that there is a page to embed: a checkout without Node still builds, and its page says how to get the real one.

use std::fs;
use std::path::Path;

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>掌柜 Zhanggui</title>\
<p>界面还没有构建。请在源码目录运行 <code>./dev run</code>。</p>\
<p>The screens are not built yet. Run <code>./dev run</code> in the source folder.</p></html>\n";

fn main() -> std::io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist");
    let page = dist.join("index.html");
    if !page.exists() {
        fs::create_dir_all(&dist)?;
        fs::write(&page, PLACEHOLDER)?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../ui/dist");
    Ok(())
}
