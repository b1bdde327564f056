// Makes kenlm.json: an ARPA model of ours and KenLM's probabilities under it (PyPI kenlm 0.3.0).
//   npm run build && PYTHON=venv/bin/python node src/data/ngram-lm/golden/make-kenlm.mjs   (from the repository's root)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dist = process.env.DIST ?? join(process.cwd(), 'dist');
const { ngramSettings, trainNgramModel } = await import(`${dist}/data/ngram-lm/train.js`);
const { writeArpa } = await import(`${dist}/data/ngram-lm/arpa.js`);
const { linesOf, unitSplitter } = await import(`${dist}/data/ngram-lm/units.js`);

const verse = readFileSync('examples/shakespeare/data/input.txt', 'utf8');
const chinese = '床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n';
const settings = ngramSettings.parse({ order: 3, prune: [0, 0, 0] });
const model = [...writeArpa(await trainNgramModel(() => [verse.slice(0, 3000), chinese], settings))].map((line) => line.replace(/\n$/, '')).join('\n').split('\n');
const split = unitSplitter(settings);
const texts = [...linesOf(verse.slice(3000, 4500)), ...linesOf(chinese), '明月何时有，speak'].map((line) => split(line).join(' '));
const arpa = join(mkdtempSync(join(tmpdir(), 'kenlm-')), 'm.arpa');
writeFileSync(arpa, `${model.join('\n')}\n`);
const program = `import kenlm, json, sys
m = kenlm.Model(sys.argv[1])
print(json.dumps([{"text": t, "log10": [p for p, _, _ in m.full_scores(t)]} for t in json.load(sys.stdin)]))`;
const out = execFileSync(process.env.PYTHON ?? 'python3', ['-c', program, arpa], { input: JSON.stringify(texts) });
writeFileSync('src/data/ngram-lm/golden/kenlm.json', JSON.stringify({ source: 'make-kenlm.mjs; text: Shakespeare and Li Bai, public domain', model, lines: JSON.parse(out) }));
