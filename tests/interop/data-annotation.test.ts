/** Our agreement, span scores, BIO reading and ROUGE against the Python packages that people use for them. */
import { beforeAll, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { cohenKappa, krippendorffAlpha, spanF1 } from '../../src/data/annotation/agreement.ts';
import { rangesOf } from '../../src/data/annotation/bio.ts';
import { rougeL, rougeN, rougeTokens } from '../../src/data/annotation/rouge.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

let python: string;
beforeAll(async () => {
  python = await ensureVenv('annotation');
});

const rng = new Rng(4);
const pick = <Item>(items: readonly Item[]): Item => items[rng.int(items.length)]!;
const many = <Item>(n: number, make: () => Item): Item[] => Array.from({ length: n }, make);

async function ask<Answer>(program: string, input: unknown): Promise<Answer> {
  const head = 'import json, sys, math\ndata = json.load(sys.stdin)\nclean = lambda x: None if math.isnan(x) else x\n';
  return JSON.parse(await runPython(python, head + program, { stdin: JSON.stringify(input) })) as Answer;
}

it('κ and α: 300 random pairs each, as scikit-learn and krippendorff', async () => {
  const pairs = many(300, () => {
    const length = 2 + rng.int(30);
    const labels = ['a', 'b', 'c', 'O'].slice(0, 1 + rng.int(4));
    return [many(length, () => pick(labels)), many(length, () => pick(labels))];
  });
  const program = `
import warnings; warnings.filterwarnings('ignore')
from sklearn.metrics import cohen_kappa_score
print(json.dumps([[clean(float(cohen_kappa_score(a, b, weights=w))) for w in (None, 'linear', 'quadratic')] for a, b in data]))`;
  const theirs = await ask<(number | null)[][]>(program, pairs);
  for (const [i, [a, b]] of pairs.entries())
    for (const [j, weights] of (['none', 'linear', 'quadratic'] as const).entries()) {
      const ours = cohenKappa(a!, b!, weights);
      if (theirs[i]![j] === null) expect(ours).toBeNaN();
      else expect(ours).toBeCloseTo(theirs[i]![j]!, 10);
    }
  const tables = many(300, () => {
    const items = 2 + rng.int(20);
    const one = many(2 + rng.int(4), () => many(items, () => (rng.int(5) === 0 ? null : rng.int(4))));
    // Without two labels that can be compared α has no meaning.
    one[0]![0] = 0;
    one[1]![0] = 1;
    return one;
  });
  const alphas = await ask<number[]>(
    `
import krippendorff, numpy as np
print(json.dumps([float(krippendorff.alpha(reliability_data=np.array([[np.nan if v is None else v for v in row] for row in t], dtype=float), level_of_measurement='nominal')) for t in data]))`,
    tables,
  );
  for (const [i, table] of tables.entries())
    expect(krippendorffAlpha(table.map((row) => row.map((v) => v ?? undefined)))).toBeCloseTo(alphas[i]!, 10);
});

it('entities and span F1 of 500 random tag sequences, as seqeval', async () => {
  const tags = ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC', 'I-ORG'];
  const golds = many(500, () => many(1 + rng.int(25), () => pick(tags)));
  const guesses = golds.map((row) => row.map((tag) => (rng.int(4) === 0 ? pick(tags) : tag)));
  const theirs = await ask<{ entities: [string, number, number][][]; micro: number[]; macro: number }>(
    `
import warnings; warnings.filterwarnings('ignore')
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.metrics import precision_score, recall_score, f1_score
g, p = data
print(json.dumps({'entities': [get_entities(row) for row in g], 'micro': [float(f(g, p)) for f in (precision_score, recall_score, f1_score)], 'macro': float(f1_score(g, p, average='macro'))}))`,
    [golds, guesses],
  );
  const spans = (rows: string[][]) =>
    rows.map((row) => rangesOf(row).map(({ label, first, last }) => ({ label, start: first, end: last + 1 })));
  expect(spans(golds).map((row) => row.map(({ label, start, end }) => [label, start, end - 1]))).toEqual(
    theirs.entities,
  );
  const { micro, macroF1 } = spanF1(spans(golds), spans(guesses));
  expect([micro.precision, micro.recall, micro.f1].map((x) => x.toFixed(12))).toEqual(
    theirs.micro.map((x) => x.toFixed(12)),
  );
  expect(macroF1).toBeCloseTo(theirs.macro, 12);
});

it('ROUGE of 500 pairs of texts, as rouge-score; Chinese with characters as its tokens', async () => {
  const english = [
    'Write',
    'a',
    'poem',
    "don't",
    'about',
    'the',
    'sea',
    'and',
    '3.5',
    'naïve',
    'winds',
    'of',
    'US-made',
    'café',
    '__x__',
    '，',
  ];
  const chinese = [...'写一首关于春天和大海的诗并翻译成英文'];
  const text = (words: string[], glue: string) => many(rng.int(14), () => pick(words)).join(glue);
  const en = many(500, () => [text(english, ' '), text(english, ' ')]);
  const zh = many(200, () => [text(chinese, ''), text(chinese, '')]);
  const program = `
from rouge_score import rouge_scorer
class Characters:
    def tokenize(self, text): return list(text)
kinds = ['rouge1', 'rouge2', 'rougeL']
def scores(pairs, **more):
    scorer = rouge_scorer.RougeScorer(kinds, **more)
    return [[list(scorer.score(a, b)[k]) for k in kinds] for a, b in pairs]
print(json.dumps([scores(data[0]), scores(data[1], tokenizer=Characters())]))`;
  const theirs = await ask<number[][][][]>(program, [en, zh]);
  for (const [set, pairs] of [en, zh].entries())
    for (const [i, [target, prediction]] of pairs.entries()) {
      const [a, b] = [target!, prediction!].map((one) => rougeTokens(one, set === 0 ? 'ascii' : 'unicode')) as [
        string[],
        string[],
      ];
      const ours = [rougeN(a, b, 1), rougeN(a, b, 2), rougeL(a, b)];
      for (const [k, { precision, recall, f1 }] of ours.entries())
        for (const [m, value] of [precision, recall, f1].entries())
          expect(value).toBeCloseTo(theirs[set]![i]![k]![m]!, 10);
    }
});
