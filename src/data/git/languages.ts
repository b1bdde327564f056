/** Which language a file of code is in, by its name: lower-case names, as `meta.programming_language` holds them. */

const byExtension: Readonly<Record<string, string>> = table({
  ada: 'adb ads',
  assembly: 'asm s',
  awk: 'awk',
  c: 'c h',
  clojure: 'clj cljc cljs edn',
  cmake: 'cmake',
  cpp: 'cc cpp cxx c++ hh hpp hxx ipp inl',
  csharp: 'cs csx',
  css: 'css',
  cuda: 'cu cuh',
  d: 'd',
  dart: 'dart',
  elixir: 'ex exs',
  elm: 'elm',
  erlang: 'erl hrl',
  fortran: 'f f03 f08 f77 f90 f95 for',
  fsharp: 'fs fsi fsx',
  glsl: 'frag glsl vert',
  go: 'go',
  graphql: 'graphql gql',
  groovy: 'gradle groovy',
  haskell: 'hs lhs',
  html: 'htm html xhtml',
  java: 'java',
  javascript: 'cjs js jsx mjs',
  json: 'json jsonc',
  julia: 'jl',
  kotlin: 'kt kts',
  latex: 'bib cls sty tex',
  less: 'less',
  lisp: 'el lisp lsp',
  lua: 'lua',
  makefile: 'mak mk',
  markdown: 'markdown md mdx',
  matlab: 'm',
  nim: 'nim',
  nix: 'nix',
  ocaml: 'ml mli',
  pascal: 'dpr pas pp',
  perl: 'pl pm t',
  php: 'php phtml',
  powershell: 'ps1 psd1 psm1',
  prolog: 'pro',
  protobuf: 'proto',
  python: 'py pyi pyw',
  r: 'r rmd',
  racket: 'rkt',
  restructuredtext: 'rst',
  ruby: 'gemspec rake rb',
  rust: 'rs',
  sass: 'sass scss',
  scala: 'sbt sc scala',
  scheme: 'scm ss',
  shell: 'bash fish ksh sh zsh',
  solidity: 'sol',
  sql: 'sql',
  svelte: 'svelte',
  swift: 'swift',
  tcl: 'tcl',
  terraform: 'hcl tf',
  text: 'txt',
  toml: 'toml',
  typescript: 'cts mts ts tsx',
  verilog: 'sv svh v vh',
  vhdl: 'vhd vhdl',
  'visual-basic': 'vb vbs',
  vue: 'vue',
  webassembly: 'wat',
  wgsl: 'wgsl',
  xml: 'xml xsd xsl xslt',
  yaml: 'yaml yml',
  zig: 'zig',
});

const byName: Readonly<Record<string, string>> = {
  'cmakelists.txt': 'cmake',
  dockerfile: 'dockerfile',
  gemfile: 'ruby',
  gnumakefile: 'makefile',
  jenkinsfile: 'groovy',
  makefile: 'makefile',
  rakefile: 'ruby',
};

function table(extensions: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(extensions).flatMap(([language, list]) => list.split(' ').map((one) => [one, language])),
  );
}

/** undefined for names that tell nothing. */
export function languageOfPath(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (Object.hasOwn(byName, name)) return byName[name];
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return extension !== name && Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined;
}
