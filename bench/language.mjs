// Language identification beside its peers: the same texts, one thread each, one run.
//   npm run build && node bench/language.mjs [--data ../shared/data] [--json]
// Installs the peers on the first run (npm registry, PyPI). fastText's lid.176.ftz comes with the npm package
// fasttext.wasm.js and is run by fastText's own Python module. A code that a peer has no name for counts as wrong; codes
// of near variants are merged for all (any Chinese is Chinese, Nynorsk and Bokmål are Norwegian).
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { languageIdentifier } from '../dist/data/language/identify.js';
import { languageSets } from './language-data.mjs';
import { npmPeers, pythonPeers } from './peers.mjs';

const { values } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data' }, json: { type: 'boolean' } },
});
const sets = languageSets(values.data);
const peers = npmPeers({
  eld: '2.1.0',
  tinyld: '1.3.4',
  franc: '6.2.0',
  'cld3-asm': '4.0.0',
  'fasttext.wasm.js': '1.0.0',
});
const inPeers = (path) => join(peers, 'node_modules', path);
const plain = (code) => ({ iw: 'he', nb: 'no', nn: 'no', cmn: 'zh', zho: 'zh' })[code] ?? code.split(/[-_]/)[0];
const three =
  'eng:en cmn:zh jpn:ja kor:ko deu:de fra:fr spa:es ita:it por:pt rus:ru ukr:uk pol:pl nld:nl swe:sv tur:tr vie:vi ind:id tha:th arb:ar heb:he hin:hi ben:bn ell:el fin:fi hun:hu ces:cs ron:ro cat:ca lat:la san:sa pes:fa';
const fromThree = new Map(three.split(' ').map((pair) => pair.split(':')));

async function detectors() {
  const identifier = languageIdentifier();
  const { eld } = await import(inPeers('eld/src/entries/static.large.js'));
  const { detect } = await import(inPeers('tinyld/dist/tinyld.normal.node.mjs')).catch(
    () => import(inPeers('tinyld/dist/tinyld.normal.node.js')),
  );
  const { franc } = await import(inPeers('franc/index.js'));
  const cld = await import(inPeers('cld3-asm/dist/cjs/index.js'));
  const cld3 = (await (cld.loadModule ?? cld.default.loadModule)()).create(0, 1000);
  return {
    Athanor: (text) => identifier.identify(text).language,
    'eld large (npm)': (text) => eld.detect(text).language,
    'tinyld (npm)': (text) => detect(text),
    'franc (npm)': (text) => fromThree.get(franc(text)) ?? '?',
    'cld3-asm (npm)': (text) => cld3.findLanguage(text).language,
  };
}

const timed = `
import json, sys, time
sets = json.load(sys.stdin)
def run(name, detect):
    result = {}
    for text in [t for texts in sets.values() for t in texts][:200]: detect(text)
    for key, texts in sets.items():
        start = time.perf_counter()
        found = [detect(text) for text in texts]
        result[key] = {"found": found, "seconds": time.perf_counter() - start}
    print(json.dumps([name, result]), flush=True)
`;
const programs = [
  [
    'data-classifier',
    `${timed}
import fasttext
fasttext.FastText.eprint = lambda *a: None
model = fasttext.load_model(sys.argv[1])
run("fastText lid.176.ftz (PyPI)", lambda text: model.predict(text.replace("\\n", " "))[0][0][9:])`,
  ],
  [
    'data-language',
    `${timed}
import py3langid, lingua
run("py3langid (PyPI)", lambda text: py3langid.classify(text)[0])
detector = lingua.LanguageDetectorBuilder.from_all_languages().with_preloaded_language_models().build()
def detect(text):
    found = detector.detect_language_of(text)
    return found.iso_code_639_1.name.lower() if found else "?"
run("lingua (PyPI)", detect)`,
  ],
];

function score(found, set) {
  const right = found.filter((code, i) => plain(code || '?') === plain(set[i].language)).length;
  return right / set.length;
}

const results = {};
for (const [name, detect] of Object.entries(await detectors())) {
  results[name] = {};
  for (const { text } of Object.values(sets).flat().slice(0, 500)) detect(text);
  for (const [key, set] of Object.entries(sets)) {
    const start = performance.now();
    const found = set.map(({ text }) => detect(text));
    const seconds = (performance.now() - start) / 1000;
    results[name][key] = { accuracy: score(found, set), perSecond: set.length / seconds };
    if (name !== 'Athanor') continue;
    const chinese = set.flatMap(({ language }, i) => (language.startsWith('zh-') ? [[language, found[i]]] : []));
    if (chinese.length > 0)
      results[name][key].script = chinese.filter(([a, b]) => a === b || b === 'zh').length / chinese.length;
  }
}
const input = JSON.stringify(
  Object.fromEntries(Object.entries(sets).map(([key, set]) => [key, set.map(({ text }) => text)])),
);
for (const [venv, program] of programs) {
  const model = inPeers('fasttext.wasm.js/dist/fastText/models/lid.176.ftz');
  const out = execFileSync(pythonPeers(venv), ['-c', program, model], {
    input,
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for (const line of out.toString().trim().split('\n')) {
    const [name, bySet] = JSON.parse(line);
    results[name] = {};
    for (const [key, { found, seconds }] of Object.entries(bySet))
      results[name][key] = { accuracy: score(found, sets[key]), perSecond: sets[key].length / seconds };
  }
}
if (values.json) console.log(JSON.stringify(results));
else
  for (const [key, set] of Object.entries(sets)) {
    console.log(`\n${key} (${set.length})`);
    for (const [name, { [key]: r }] of Object.entries(results))
      console.log(
        `  ${name.padEnd(28)} ${(100 * r.accuracy).toFixed(2).padStart(6)} %  ${Math.round(r.perSecond).toString().padStart(7)} texts/s` +
          `  ${(results.Athanor[key].perSecond / r.perSecond).toFixed(2)} × its speed is ours${r.script === undefined ? '' : `  (Hans/Hant ${(100 * r.script).toFixed(1)} %)`}`,
      );
  }
