//! Writes the JavaScript side of a WebAssembly module: `thalweg-web-bindgen MODULE.wasm FOLDER`. It is the part of
//! `wasm-bindgen-cli` that a build needs, without that program's test server.

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder] = arguments.as_slice() else {
        panic!("expected MODULE.wasm and FOLDER, found {} arguments", arguments.len());
    };
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    let bindgen = bindgen.input_path(module).web(true).expect("the output is for the web");
    let bindgen = bindgen.typescript(true).omit_default_module_path(false);
    bindgen.generate(folder).unwrap_or_else(|error| panic!("{module}: {error}"));
}
