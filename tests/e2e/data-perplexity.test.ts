/** `athanor data build` with a filter by a neural model: killed while it scores, it goes on and ends with the same bytes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeRandomModel } from '../helpers/random-model.ts';
import { athanor, root, scratch, start } from './athanor.ts';

let place: ReturnType<typeof scratch>;
const build = (workspace: string, ...more: string[]) => [
  ...['data', 'build', join(place.path, 'recipe.yaml'), '--workspace', join(place.path, workspace), ...more],
];
const folder = (workspace: string) => join(place.path, workspace, 'datasets/scored');
const filesOf = (workspace: string) => {
  const version = readdirSync(folder(workspace)).find((name) => /^[0-9a-f]{8,}$/.test(name))!;
  const directory = join(folder(workspace), version);
  return Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
};

beforeAll(async () => {
  place = scratch();
  const poems = gunzipSync(readFileSync(join(root, 'examples/poet/data/quatrains.jsonl.gz')))
    .toString()
    .split('\n')
    .slice(0, 1500);
  writeFileSync(join(place.path, 'poems.jsonl'), poems.join('\n'));
  const texts = poems.slice(0, 300).map((line) => (JSON.parse(line) as { text: string }).text);
  const config = {
    ...{ type: 'llama', hidden_size: 128, intermediate_size: 256, num_hidden_layers: 4, num_attention_heads: 4 },
    ...{ max_position_embeddings: 64, tie_word_embeddings: true },
  };
  await writeRandomModel(join(place.path, 'judge'), { texts, vocabSize: 2000, config, scale: 0.05 });
  writeFileSync(
    join(place.path, 'recipe.yaml'),
    `name: scored
seed: 3
stages:
  - data:
      name: scored
      sources: [{ type: jsonl, path: poems.jsonl }]
      steps:
        - { use: unicode-nfc }
        - { use: perplexity, model: { neural: ./judge }, max: 2500 }
        - { use: perplexity-bucket, by: none }
`,
  );
});
afterAll(() => place?.remove());

it('ends with the same bytes after kill -9 while it scores, on any number of threads', async () => {
  expect(await athanor(build('whole'))).toMatchObject({ code: 0 });
  const whole = filesOf('whole');
  expect(whole['dropped.jsonl']).toContain('high-perplexity');
  let scored = 0;
  for (let kills = 0; kills < 3; kills++) {
    const running = start(build('killed', '--threads', String(1 + (kills % 2))));
    const before = scored;
    for (let ended = false; !ended && scored <= before; ) {
      ended = await Promise.race([running.done.then(() => true), sleep(20).then(() => false)]);
      scored = Math.max(scored, verdictsIn(folder('killed')));
    }
    running.child.kill('SIGKILL');
    await running.done;
  }
  expect(scored).toBeGreaterThan(0);
  expect(await athanor(build('killed'))).toMatchObject({ code: 0 });
  expect(filesOf('killed')).toEqual(whole);
});

/** Verdicts that a build has written so far. */
function verdictsIn(datasets: string): number {
  try {
    const [building] = readdirSync(datasets).filter((name) => name.startsWith('.building-'));
    return readFileSync(join(datasets, building!, 'phase-0.verdicts'), 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}
