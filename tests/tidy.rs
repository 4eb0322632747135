//! The tidiness of the checkout: sizes, names, leftovers, dead files. Each rule is a function over a path and a text, and is tried on a planted violation before it
//! is held against the tree. The rules and their reasons stand in STYLE.md.
//!
//! Not here: formatting and lints (rustfmt, clippy, oxlint say those better) and the arrows between rooms (`arrows.rs`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest non-test part of a Rust file, in lines: the ninetieth percentile of well-kept codebases lies between 380 and 530.
const RUST_LINES_MAX: usize = 500;
/// Longest TypeScript or Vue file, in lines: a component that needs more is two components.
const UI_LINES_MAX: usize = 400;
/// Largest file, in bytes: a clone must stay quick.
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Real data that the demo and the tests need, and nothing else, may be larger.
const LARGE_DATA_FILES: &[&str] = &["data/sample/online_retail.parquet"];
/// Written by a program; sizes are not ours to choose.
const GENERATED: &[&str] = &["ui/src/rpc/bindings.ts"];
/// Folders that are not part of the project.
const OUTSIDE: &[&str] = &[".git", "target", "node_modules", "dist", "gen", "test-results"];
/// A name that ends so says nothing of what the thing is.
const EMPTY_NAMES: &[&str] = &["Manager", "Service", "Helper", "Helpers", "Util", "Utils", "Processor"];

/// One file of the checkout.
struct File {
    /// Relative to the top, with `/` on every system.
    path: String,
    bytes: u64,
    /// Empty for a file that is not text.
    text: String,
}

impl File {
    fn is(&self, extensions: &[&str]) -> bool {
        let extension = Path::new(&self.path).extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| extensions.contains(&extension))
    }

    fn is_test(&self) -> bool {
        let in_tests = self.path.split('/').any(|part| part == "tests" || part == "benches");
        in_tests || self.path.ends_with("/tests.rs") || self.path.ends_with(".test.ts")
    }
}

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files() -> Vec<File> {
    let mut files = Vec::new();
    walk(&top(), "", &mut files);
    assert!(files.len() > 20, "the checkout was not found");
    files
}

fn walk(dir: &Path, prefix: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            if !OUTSIDE.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), files);
            }
        } else if kind.is_file() {
            let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
            let text = if bytes <= FILE_BYTES_MAX { fs::read_to_string(entry.path()).unwrap_or_default() } else { String::new() };
            files.push(File { path, bytes, text });
        }
    }
}

/// Holds a rule against every file and lists all that break it.
fn hold(rule: fn(&File) -> Vec<String>) {
    let broken: Vec<String> = files().iter().flat_map(|file| rule(file).into_iter().map(|what| format!("{}: {what}", file.path))).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// Tries a rule on a planted file.
fn breaks(rule: fn(&File) -> Vec<String>, path: &str, text: &str) -> bool {
    !rule(&File { path: path.to_owned(), bytes: text.len() as u64, text: text.to_owned() }).is_empty()
}

// ── sizes ──

fn too_long(file: &File) -> Vec<String> {
    if GENERATED.contains(&file.path.as_str()) || file.is_test() {
        return Vec::new();
    }
    let lines = if file.is(&["rs"]) { shipped_lines(&file.text) } else { file.text.lines().count() };
    let limit = if file.is(&["rs"]) { RUST_LINES_MAX } else { UI_LINES_MAX };
    let counted = file.is(&["rs", "ts", "vue"]);
    if counted && lines > limit { vec![format!("{lines} lines, at most {limit}: split it by what it is about")] } else { Vec::new() }
}

/// Lines before the test module.
fn shipped_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod "));
    tests.unwrap_or(lines.len())
}

#[test]
fn files_are_short() {
    assert!(breaks(too_long, "crates/x/src/a.rs", &"x\n".repeat(501)));
    assert!(!breaks(too_long, "crates/x/src/a.rs", &format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(499), "y\n".repeat(900))));
    assert!(breaks(too_long, "ui/src/a.vue", &"x\n".repeat(401)));
    assert!(!breaks(too_long, "ui/src/rpc/bindings.ts", &"x\n".repeat(900)));
    hold(too_long);
}

fn too_large(file: &File) -> Vec<String> {
    let large = file.bytes > FILE_BYTES_MAX && !LARGE_DATA_FILES.contains(&file.path.as_str());
    if large { vec![format!("{} bytes, at most {FILE_BYTES_MAX}", file.bytes)] } else { Vec::new() }
}

#[test]
fn no_file_is_large_but_the_named_data() {
    let file = |path: &str| File { path: path.to_owned(), bytes: FILE_BYTES_MAX + 1, text: String::new() };
    assert!(!too_large(&file("docs/a.png")).is_empty());
    assert!(too_large(&file(LARGE_DATA_FILES[0])).is_empty());
    hold(too_large);
}

// ── names ──

fn empty_name(file: &File) -> Vec<String> {
    if !file.is(&["rs", "ts", "vue", "mjs"]) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let stem = Path::new(&file.path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(name) = EMPTY_NAMES.iter().find(|name| last_word(&stem).eq_ignore_ascii_case(name)) {
        found.push(format!("a file named …{name}: name it after what it holds"));
    }
    for line in file.text.lines() {
        if let Some(declared) = declared_type(line)
            && let Some(name) = EMPTY_NAMES.iter().find(|name| last_word(declared) == **name)
        {
            found.push(format!("type {declared} ends in {name}: name it after what it is"));
        }
    }
    found
}

/// The last word of a name in camel, snake or kebab case.
fn last_word(name: &str) -> &str {
    let from_mark = name.rfind(['_', '-', '.']).map_or(0, |at| at + 1);
    let tail = &name[from_mark..];
    tail.rfind(|c: char| c.is_uppercase()).map_or(tail, |at| &tail[at..])
}

fn declared_type(line: &str) -> Option<&str> {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    if line.trim_start().starts_with("//") {
        return None;
    }
    words.find(|word| ["struct", "enum", "trait", "class", "interface", "type"].contains(word))?;
    words.next()
}

#[test]
fn names_say_what_a_thing_is() {
    assert!(breaks(empty_name, "crates/x/src/a.rs", concat!("pub struct Order", "Manager;")));
    assert!(breaks(empty_name, "ui/src/a.ts", concat!("export class Stock", "Service {}")));
    assert!(breaks(empty_name, "crates/x/src/order_util.rs", ""));
    assert!(breaks(empty_name, "ui/src/dateHelpers.ts", ""));
    assert!(!breaks(empty_name, "crates/x/src/manager_desk.rs", "pub struct ManagerName(String);"));
    hold(empty_name);
}

// ── leftovers ──

/// Joined here so that this file does not break its own rule.
const LEFTOVERS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("console", ".log("),
    concat!("coming ", "soon"),
    concat!("敬请", "期待"),
];

fn leftover(file: &File) -> Vec<String> {
    let scripts_may_print = file.path.starts_with("ui/tests/") || file.path.starts_with("ui/scripts/");
    if !file.is(&["rs", "ts", "vue", "mjs", "sql", "css", "json", "toml", "yml"]) || file.path.ends_with("package-lock.json") {
        return Vec::new();
    }
    let found = LEFTOVERS.iter().filter(|word| file.text.contains(**word));
    let counted = found.filter(|word| !(scripts_may_print && word.starts_with("console")));
    counted.map(|word| format!("'{word}' is left over: do it, or write an issue")).collect()
}

#[test]
fn nothing_is_left_over() {
    for word in LEFTOVERS {
        assert!(breaks(leftover, "crates/x/src/a.rs", &format!("// {word}")), "{word}");
    }
    assert!(!breaks(leftover, "ui/tests/e2e/run.mjs", concat!("console", ".log(1)")));
    hold(leftover);
}

/// A test may speak of a made-up home; what ships may not.
fn machine_path(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let shipped = if file.is_test() { 0 } else { shipped_lines(&file.text) };
    for (at, line) in file.text.lines().enumerate() {
        let homes: &[&str] = if at < shipped { &["work", "root", "farm", "home", "Users"] } else { &["work", "root", "farm"] };
        for home in homes {
            let path = format!("/{home}/");
            let alone = |start: usize| !line[..start].chars().next_back().is_some_and(|before| before.is_alphanumeric() || "._-*<>}".contains(before));
            if line.match_indices(&path).any(|(start, _)| alone(start)) {
                found.push(format!("line {}: a path of one machine, {path}…", at + 1));
            }
        }
    }
    found
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    for home in ["work", "root", "home", "Users"] {
        assert!(breaks(machine_path, "docs/a.md", &format!("see \"/{home}/me/x\"")), "{home}");
    }
    let in_a_test = "\n#[cfg(test)]\nmod tests {\n\"/home/li/x\"\n}";
    assert!(!breaks(machine_path, "crates/x/src/a.rs", in_a_test));
    assert!(breaks(machine_path, "crates/x/src/a.rs", &in_a_test.replace("home", "root")));
    assert!(!breaks(machine_path, "docs/a.md", &format!("https://example.org/{0}/x and crates/{1}/x", "work", "home")));
    hold(machine_path);
}

fn switched_off_test(file: &File) -> Vec<String> {
    let mut marks: Vec<String> = Vec::new();
    if file.is(&["rs"]) {
        marks.push(concat!("#[ign", "ore").to_owned());
    } else if file.is(&["ts", "mjs", "vue"]) {
        for test in ["it", "test", "describe"] {
            marks.extend(["only", "skip", "todo"].map(|how| format!("{test}.{how}(")));
            marks.push(format!("\nx{test}("));
        }
    }
    marks.into_iter().filter(|mark| file.text.contains(mark.as_str())).map(|mark| format!("'{}': every test runs", mark.trim())).collect()
}

#[test]
fn every_test_runs() {
    assert!(breaks(switched_off_test, "crates/x/src/a.rs", concat!("#[ign", "ore]\n#[test]")));
    assert!(breaks(switched_off_test, "ui/tests/unit/a.test.ts", concat!("it", ".only('x', f)")));
    assert!(breaks(switched_off_test, "ui/tests/unit/a.test.ts", concat!("describe", ".skip('x', f)")));
    assert!(!breaks(switched_off_test, "crates/x/src/a.rs", "lines.iter().skip(1)"));
    hold(switched_off_test);
}

// ── module docs ──

fn without_docs(file: &File) -> Vec<String> {
    let root_of_a_crate = file.path.ends_with("src/lib.rs") || file.path.ends_with("src/main.rs") || file.path == "src-tauri/main.rs";
    let said = file.text.lines().next().is_some_and(|line| line.starts_with("//! ") && line.len() > 20);
    if root_of_a_crate && !said { vec!["it begins with what the room holds and what it does not (//!)".to_owned()] } else { Vec::new() }
}

#[test]
fn every_room_says_what_it_holds() {
    assert!(breaks(without_docs, "crates/x/src/lib.rs", "mod a;"));
    assert!(breaks(without_docs, "crates/x/src/lib.rs", "//! (room)"));
    assert!(!breaks(without_docs, "crates/x/src/lib.rs", "//! The shop's vocabulary and rules."));
    hold(without_docs);
}

// ── dead files ──

/// Rust files that no `mod` names. A root (lib, main, build script, a test or example of its own) needs none.
fn unreached_rust(files: &[File]) -> Vec<String> {
    let rust: Vec<&File> = files.iter().filter(|file| file.is(&["rs"])).collect();
    let declares = |parent: &str, name: &str| rust.iter().any(|file| file.path == parent && declares_module(&file.text, name));
    let mut dead = Vec::new();
    for file in &rust {
        let (dir, stem) = split(&file.path);
        let (home, name) = if stem == "mod" { split_dir(dir) } else { (dir, stem) };
        let own_root = ["src", "src-tauri"].iter().any(|root| dir == *root || dir.ends_with("/src")) && ["lib", "main", "build"].contains(&stem);
        let own_target = ["tests", "examples", "benches", "bin"].iter().any(|part| last_part(dir) == *part) && stem != "mod";
        // An example of several files has a folder of its own.
        let own_folder = stem == "main" && dir.rsplit_once('/').is_some_and(|(above, _)| last_part(above) == "examples");
        if own_root || own_target || own_folder || (stem == "build" && name == "build") {
            continue;
        }
        let mut parents: Vec<String> = ["lib", "main", "mod"].iter().map(|parent| format!("{home}/{parent}.rs")).collect();
        parents.push(format!("{home}.rs"));
        if ["tests", "benches"].contains(&last_part(home)) {
            parents.extend(rust.iter().map(|other| other.path.clone()).filter(|path| split(path).0 == home));
        }
        if !parents.iter().any(|parent| declares(parent, name)) {
            dead.push(format!("{}: no module names it", file.path));
        }
    }
    dead
}

fn declares_module(text: &str, name: &str) -> bool {
    let wanted = format!("mod {name};");
    text.lines().map(str::trim).any(|line| line == wanted || (line.ends_with(&wanted) && line.starts_with("pub")))
}

/// The folder and the stem of a path.
fn split(path: &str) -> (&str, &str) {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    (dir, name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

fn split_dir(dir: &str) -> (&str, &str) {
    dir.rsplit_once('/').unwrap_or(("", dir))
}

fn last_part(dir: &str) -> &str {
    split_dir(dir).1
}

/// TypeScript and Vue files under ui/src that nothing imports and index.html does not name.
fn unreached_ui(files: &[File]) -> Vec<String> {
    let sources: Vec<&File> = files.iter().filter(|file| file.path.starts_with("ui/src/") && file.is(&["ts", "vue"])).collect();
    let page = files.iter().find(|file| file.path == "ui/index.html").map_or("", |file| file.text.as_str());
    let mut reached = BTreeSet::new();
    for file in &sources {
        for named in imports(&file.text) {
            let Some(base) = resolve(&file.path, named) else {
                continue;
            };
            for ending in ["", ".ts", ".vue", "/index.ts"] {
                if format!("{base}{ending}") != file.path {
                    reached.insert(format!("{base}{ending}"));
                }
            }
        }
    }
    let by_page = |file: &File| file.path.strip_prefix("ui/").is_some_and(|path| page.contains(path));
    let dead = sources.iter().filter(|file| !file.path.ends_with(".d.ts") && !reached.contains(&file.path) && !by_page(file));
    dead.map(|file| format!("{}: nothing imports it", file.path)).collect()
}

/// Everything in quotes that follows `from`, `import` or `import(`.
fn imports(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for mark in ["from ", "import ", "import(", "new URL("] {
        for (at, _) in text.match_indices(mark) {
            let rest = text[at + mark.len()..].trim_start();
            let Some(quote) = rest.chars().next().filter(|first| ['\'', '"'].contains(first)) else {
                continue;
            };
            found.extend(rest[1..].split(quote).next());
        }
    }
    found
}

/// The path an import names, without its ending; `None` for a package.
fn resolve(importer: &str, named: &str) -> Option<String> {
    let named = named.split('?').next().unwrap_or(named);
    if let Some(rest) = named.strip_prefix("@/") {
        return Some(format!("ui/src/{rest}"));
    }
    if !named.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = split(importer).0.split('/').collect();
    for part in named.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn no_file_is_dead() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), bytes: 0, text: text.to_owned() };
    let planted = [
        file("crates/x/src/lib.rs", "mod a;\npub(crate) mod b;"),
        file("crates/x/src/a.rs", "mod deep;"),
        file("crates/x/src/a/deep.rs", ""),
        file("crates/x/src/b/mod.rs", ""),
        file("crates/x/src/lost.rs", ""),
        file("crates/x/tests/story.rs", "mod common;"),
        file("crates/x/tests/common/mod.rs", ""),
        file("benches/speed.rs", "mod shop;"),
        file("benches/shop/mod.rs", ""),
        file("crates/x/examples/long/main.rs", "mod part;"),
        file("crates/x/examples/long/part.rs", ""),
    ];
    assert_eq!(unreached_rust(&planted), ["crates/x/src/lost.rs: no module names it"]);
    let planted = [
        file("ui/index.html", "<script src=\"/src/main.ts\">"),
        file("ui/src/main.ts", "import App from './App.vue'\nconst a = () => import('@/features/orders')"),
        file("ui/src/App.vue", ""),
        file("ui/src/features/orders/index.ts", "export * from \"../lists\""),
        file("ui/src/features/lists.ts", ""),
        file("ui/src/features/lost.vue", ""),
    ];
    assert_eq!(unreached_ui(&planted), ["ui/src/features/lost.vue: nothing imports it"]);

    let files = files();
    let dead = [unreached_rust(&files), unreached_ui(&files)].concat();
    assert!(dead.is_empty(), "\n{}\n", dead.join("\n"));
}

// ── lock files ──

fn names_a_registry(file: &File) -> Vec<String> {
    let names_one = file.path.ends_with("package-lock.json") && file.text.contains("\"resolved\"");
    if names_one { vec!["it names the address of a registry: install with omit-lockfile-registry-resolved".to_owned()] } else { Vec::new() }
}

#[test]
fn the_lock_file_names_no_registry() {
    assert!(breaks(names_a_registry, "ui/package-lock.json", "{\"resolved\": \"https://mirror.example\"}"));
    hold(names_a_registry);
}
