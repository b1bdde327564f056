/**
 * Other people's finders of personal data on the labelled set's test half, and sentences that other people wrote
 * (presidio-evaluator's templates, filled by Faker): we find at least as much, with at most as many false findings.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPii } from '../../src/data/privacy/find.ts';
import { type Finding, type Line, readSet, score, total } from '../golden/data/pii/score.mjs';
import { ensureVenv, runPython } from '../helpers/python.ts';

const script = fileURLToPath(new URL('../../bench/pii_peer.py', import.meta.url));
const ours = (lines: readonly Line[]): Finding[][] =>
  lines.map(({ text }) => findPii(text).map(({ start, end, type }): Finding => [start, end, type]));

let python: string;
beforeAll(async () => {
  python = await ensureVenv('pii');
});

async function theirs(name: string, lines: readonly Line[]): Promise<Finding[][]> {
  const request = JSON.stringify({ texts: lines.map(({ text }) => text), only: [name] });
  const answer = JSON.parse(await runPython(python, script, { stdin: request })) as Record<
    string,
    { findings: Finding[][] }
  >;
  return answer[name]!.findings;
}

describe('the labelled set, test half', () => {
  const lines = readSet().filter(({ split }) => split === 'test');
  it.each([
    ['presidio >= 0.3', ['email', 'phone', 'bank-card', 'ip', 'mac', 'iban', 'us-ssn', 'passport']],
    ['datatrove', ['email', 'ip']],
    ['detect-secrets', ['secret', 'url-credentials']],
  ])('beside %s', async (name, types) => {
    const [mine, other] = [ours(lines), await theirs(name, lines)].map((found) =>
      total(score(lines, found, types).rows),
    );
    // It must have worked at all.
    expect(other!.recall).toBeGreaterThan(0.4);
    expect(mine!.recall).toBeGreaterThan(other!.recall);
    expect(mine!.precision).toBeGreaterThan(other!.precision);
  });
});

it("finds what is in presidio-evaluator's sentences", async () => {
  const wheels = join(dirname(dirname(python)), 'wheels');
  const lines = JSON.parse(await runPython(python, script, { args: ['templates', wheels] })) as Line[];
  const types = ['email', 'phone', 'bank-card', 'iban', 'ip', 'us-ssn', 'address'];
  const { rows, errors } = score(lines, ours(lines), types);
  expect(lines.length).toBeGreaterThan(600);
  for (const { type, recall, precision } of rows)
    expect(Math.min(recall, precision), `${type} ${JSON.stringify(errors.slice(0, 3))}`).toBeGreaterThan(0.97);
});
