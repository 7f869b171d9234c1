//! The house stands on its floors: no module imports one above it, and no files import each other in a circle.
//!
//! The floors are the numbered list in the documentation of each crate (`src/lib.rs`), ground floor first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// The crates whose documentation lists their floors.
const CRATES: [&str; 4] = ["src", "harness/src", "mock-idp/src", "client-under-test/src"];

#[test]
fn no_module_imports_one_above_it() {
    let wrong: Vec<_> = houses().iter().flat_map(House::upward_imports).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_one_floor() {
    let wrong: Vec<_> = houses().iter().flat_map(House::misplaced_modules).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles: Vec<_> = houses().iter().flat_map(House::circles).collect();
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

#[test]
fn upward_import_is_named_with_its_line_and_both_floors() {
    let house = House::of(
        "src",
        &[
            ("lib.rs", "//! 1. [`low`]: words\n//! 2. [`high`]: more\nmod high;\nmod low;\n"),
            ("low.rs", "\nuse crate::high::Top;\n#[cfg(test)]\nmod tests {\n    use crate::high::Other;\n}\n"),
            ("high.rs", "use crate::low::Word;\n"),
        ],
    );
    assert_eq!(house.upward_imports(), ["src/low.rs:2: low (floor 1) imports high (floor 2)"]);
}

#[test]
fn circle_of_files_is_found_behind_a_facade_and_in_a_macro() {
    let house = House::of(
        "src",
        &[
            ("lib.rs", "//! 1. [`one`]: words\nmod one;\n"),
            ("one/mod.rs", "mod a;\nmod b;\npub use self::a::A;\npub use self::b::B;\n"),
            ("one/a.rs", "pub struct A;\nfn f() { println!(\"{:?}\", super::B); }\n"),
            ("one/b.rs", "use super::A;\npub struct B;\n"),
        ],
    );
    assert_eq!(house.circles(), ["a circle: src/one/a.rs:2 imports src/one/b.rs:1 imports src/one/a.rs"]);
}

fn houses() -> Vec<House> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    CRATES.iter().map(|source| House::read(root, source)).collect()
}

/// Where something is, as modules: `["lab", "execution"]`.
type Names = Vec<String>;

/// The sources of one crate.
struct House {
    floors: Vec<String>,
    modules: BTreeMap<Names, Source>,
}

/// One file.
#[derive(Default)]
struct Source {
    file: String,
    /// What it imports and names by a whole path, and where.
    paths: Vec<(Names, usize)>,
    /// By which names it knows or hands on what stands elsewhere.
    names: BTreeMap<String, Names>,
    /// Its own modules, but for those of tests.
    children: Vec<String>,
    /// The modules of tests that are files.
    tests: Vec<String>,
}

impl House {
    fn read(root: &Path, source: &str) -> Self {
        let mut files = Vec::new();
        collect(&root.join(source), &mut files);
        let texts: Vec<_> = files
            .iter()
            .map(|file| {
                let text = std::fs::read_to_string(file).expect("a source file can be read");
                let name = file.strip_prefix(root.join(source)).expect("the file is in the folder");
                (name.to_string_lossy().into_owned(), text)
            })
            .collect();
        let texts: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Self::of(source, &texts)
    }

    fn of(source: &str, files: &[(&str, &str)]) -> Self {
        let mut modules = BTreeMap::new();
        for (file, text) in files.iter().filter(|(file, _)| *file != "main.rs") {
            let module = module_of(file);
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{source}/{file}: {error}"));
            let mut reader = Reader { module: module.clone(), source: Source::default() };
            reader.source.file = format!("{source}/{file}");
            reader.visit_file(&parsed);
            modules.insert(module, reader.source);
        }
        let tests: Vec<_> = modules
            .iter()
            .flat_map(|(module, source)| {
                source.tests.iter().map(|name| [module.as_slice(), std::slice::from_ref(name)].concat())
            })
            .collect();
        modules.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        let front = files.iter().find(|(file, _)| *file == "lib.rs").expect("the crate is a library");
        Self { floors: floors(front.1), modules }
    }

    fn floor(&self, module: &str) -> Option<usize> {
        self.floors.iter().position(|known| known == module).map(|at| at + 1)
    }

    /// Modules without a floor, with several, and floors without a module.
    fn misplaced_modules(&self) -> Vec<String> {
        let front = &self.modules[&Names::new()];
        let listed = |name: &str| self.floors.iter().filter(|known| *known == name).count();
        let modules = front.children.iter().filter(|name| listed(name) != 1).map(|name| {
            format!("{}: the module {name} stands {} times in the list of floors", front.file, listed(name))
        });
        let floors = self.floors.iter().filter(|floor| !front.children.contains(floor));
        modules.chain(floors.map(|floor| format!("{}: there is no module {floor}", front.file))).collect()
    }

    fn upward_imports(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (module, source) in &self.modules {
            let Some(own) = module.first() else { continue };
            for (path, line) in &source.paths {
                let Some(target) = self.file_of(path, 0) else { continue };
                let Some(other) = target.first().filter(|other| *other != own) else { continue };
                let (Some(below), Some(above)) = (self.floor(own), self.floor(other)) else { continue };
                if above > below {
                    let file = &source.file;
                    wrong.push(format!("{file}:{line}: {own} (floor {below}) imports {other} (floor {above})"));
                }
            }
        }
        wrong.sort();
        wrong.dedup();
        wrong
    }

    /// The module in whose file a path ends, whichever names it takes on the way.
    fn file_of(&self, path: &[String], depth: usize) -> Option<Names> {
        const DEEPEST: usize = 8;
        let known = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(known);
        let handed_on = rest.first().and_then(|name| self.modules[module].names.get(name));
        match handed_on {
            Some(elsewhere) if depth < DEEPEST => {
                let further = [elsewhere.as_slice(), &rest[1..]].concat();
                self.file_of(&further, depth + 1)
            }
            _ => Some(module.to_owned()),
        }
    }

    /// Which file imports which, and at which line.
    fn imports(&self) -> BTreeMap<&Names, BTreeMap<Names, usize>> {
        let mut all = BTreeMap::new();
        for (module, source) in &self.modules {
            let mut imported = BTreeMap::new();
            for (path, line) in &source.paths {
                if let Some(target) = self.file_of(path, 0).filter(|target| target != module) {
                    imported.entry(target).or_insert(*line);
                }
            }
            all.insert(module, imported);
        }
        all
    }

    /// One circle for each group of files that import each other: the shortest from its first file.
    fn circles(&self) -> Vec<String> {
        let imports = self.imports();
        let mut told = BTreeSet::new();
        let mut circles = Vec::new();
        for start in imports.keys().copied() {
            if told.contains(start) {
                continue;
            }
            let Some(circle) = shortest_circle(start, &imports) else { continue };
            let place = |pair: &[&Names]| format!("{}:{}", self.modules[pair[0]].file, imports[pair[0]][pair[1]]);
            let places: Vec<_> = circle.windows(2).map(place).collect();
            told.extend(circle);
            circles.push(format!("a circle: {} imports {}", places.join(" imports "), self.modules[start].file));
        }
        circles
    }
}

/// From a file back to itself, by the fewest imports.
fn shortest_circle<'a>(
    start: &'a Names,
    imports: &'a BTreeMap<&'a Names, BTreeMap<Names, usize>>,
) -> Option<Vec<&'a Names>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in imports.get(way[way.len() - 1])?.keys() {
                if next == start {
                    return Some([way, vec![start]].concat());
                }
                if seen.insert(next) {
                    longer.push([way.as_slice(), &[next]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(file: &str) -> Names {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// The numbered list of modules in a crate's documentation.
fn floors(front: &str) -> Vec<String> {
    let lines = front.lines().filter_map(|line| line.strip_prefix("//! "));
    let numbered = lines.filter_map(|line| line.split_once(". ")).filter(|(number, _)| number.parse::<usize>().is_ok());
    let name = |text: &str| {
        text.strip_prefix("[`")
            .or(text.strip_prefix('`'))
            .and_then(|rest| rest.split_once('`').map(|(name, _)| name.to_owned()))
    };
    numbered.filter_map(|(_, text)| name(text)).collect()
}

/// Reads one file; tests are not read.
struct Reader {
    module: Names,
    source: Source,
}

impl Reader {
    /// A path from the crate's root; none if it leads out of the crate.
    fn whole(&self, path: &[String]) -> Option<Names> {
        let (first, rest) = path.split_first()?;
        let above = |levels: usize| self.module.get(..self.module.len().checked_sub(levels)?);
        match first.as_str() {
            "crate" => Some(rest.to_owned()),
            "self" => Some([self.module.as_slice(), rest].concat()),
            "super" => {
                let further = rest.iter().take_while(|name| *name == "super").count();
                Some([above(1 + further)?, &rest[further..]].concat())
            }
            name if self.source.children.iter().any(|child| child == name) => {
                Some([self.module.as_slice(), path].concat())
            }
            name => self.source.names.get(name).map(|known| [known.as_slice(), rest].concat()),
        }
    }

    fn note(&mut self, path: &[String], line: usize) {
        if let Some(path) = self.whole(path) {
            self.source.paths.push((path, line));
        }
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String], is_handed_on: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.import(&path.tree, &with(&path.ident), is_handed_on),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, is_handed_on)),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.know(before, before.last(), is_handed_on, name.span());
            }
            syn::UseTree::Name(name) => {
                self.know(&with(&name.ident), Some(&name.ident.to_string()), is_handed_on, name.span());
            }
            syn::UseTree::Rename(it) => {
                self.know(&with(&it.ident), Some(&it.rename.to_string()), is_handed_on, it.span());
            }
            syn::UseTree::Glob(glob) => self.note(before, glob.span().start().line),
        }
    }

    fn know(&mut self, path: &[String], name: Option<&String>, is_handed_on: bool, at: proc_macro2::Span) {
        let (Some(path), Some(name)) = (self.whole(path), name) else { return };
        self.source.names.insert(name.clone(), path.clone());
        // Who hands a name on need not know what it means.
        if !is_handed_on {
            self.source.paths.push((path, at.start().line));
        }
    }

    /// The paths among the words that a macro is given.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is_colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(it)) if it.as_char() == ':');
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut path = vec![first.to_string()];
                    while is_colon(at + 1)
                        && is_colon(at + 2)
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.note(&path, first.span().start().line);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

/// Whether something is there in tests alone.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_file(&mut self, file: &'ast syn::File) {
        for item in &file.items {
            if let syn::Item::Mod(module) = item {
                let names = if is_test(&module.attrs) { &mut self.source.tests } else { &mut self.source.children };
                names.push(module.ident.to_string());
            }
        }
        // Names first: they may be used above.
        for item in &file.items {
            if let syn::Item::Use(import) = item
                && !is_test(&import.attrs)
            {
                let is_handed_on = !matches!(import.vis, syn::Visibility::Inherited);
                self.import(&import.tree, &[], is_handed_on);
            }
        }
        visit::visit_file(self, file);
    }

    fn visit_item_use(&mut self, _: &'ast syn::ItemUse) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.note(&names, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        self.read_tokens(it.tokens.clone());
        visit::visit_macro(self, it);
    }
}
