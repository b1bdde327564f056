// Scores findings on the labelled set. A labelled span is found when a finding of its type covers it so that their
// overlap is at least half of their union; findings that meet no label of their type are false. `leaked` is the share
// of labelled characters that no finding of any type covers.
import { readFileSync } from 'node:fs';

export function readSet(path = new URL('pii.jsonl', import.meta.url)) {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Findings are [start, end, type] by line. Kinds that are not labelled in real text are not judged there. */
export function score(lines, findings, types) {
  const rows = new Map(types.map((type) => [type, { type, found: 0, missed: 0, wrong: 0, characters: 0, leaked: 0 }]));
  const errors = [];
  lines.forEach((line, n) => {
    const judged = types.filter((type) => line.kind !== 'real' || (type !== 'person-name' && type !== 'handle'));
    const labels = line.spans.filter(([, , type]) => judged.includes(type));
    const given = findings[n].filter(([, , type]) => judged.includes(type));
    const used = new Set();
    for (const [start, end, type] of labels) {
      const hit = given.findIndex((one, i) => !used.has(i) && one[2] === type && 2 * overlap(one, [start, end]) >= union(one, [start, end]));
      const row = rows.get(type);
      row.characters += end - start;
      for (let at = start; at < end; at++) if (!findings[n].some(([a, b]) => a <= at && at < b)) row.leaked++;
      if (hit >= 0) {
        used.add(hit);
        row.found++;
      } else {
        row.missed++;
        errors.push({ id: line.id, miss: type, value: line.text.slice(start, end), text: line.text });
      }
    }
    given.forEach(([start, end, type], i) => {
      if (used.has(i)) return;
      rows.get(type).wrong++;
      errors.push({ id: line.id, wrong: type, value: line.text.slice(start, end), text: line.text });
    });
  });
  return { rows: [...rows.values()].map(withRates), errors };
}

/** Sums rows up. */
export function total(rows, type = 'all') {
  const sum = { type, found: 0, missed: 0, wrong: 0, characters: 0, leaked: 0 };
  for (const row of rows) for (const key of ['found', 'missed', 'wrong', 'characters', 'leaked']) sum[key] += row[key];
  return withRates(sum);
}

function withRates(row) {
  const recall = row.found / (row.found + row.missed);
  const precision = row.found / (row.found + row.wrong);
  return { ...row, recall, precision, f1: (2 * row.found) / (2 * row.found + row.missed + row.wrong) };
}

const overlap = ([a, b], [c, d]) => Math.max(0, Math.min(b, d) - Math.max(a, c));
const union = ([a, b], [c, d]) => Math.max(b, d) - Math.min(a, c);
