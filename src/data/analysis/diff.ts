/**
 * What changed between two versions: documents by id and content, sources, rules, counts. Shards that both have are not
 * read. Memory: 24 bytes a document in the other shards.
 */
import { hashValue } from '../../core/node.ts';
import { type SplitName, splitNames } from '../document.ts';
import type { Manifest } from '../manifest.ts';
import type { OpenDataset } from '../open.ts';
import { hash53 } from '../text/hash.ts';

export interface DocumentChange {
  readonly id: string;
  readonly before?: string;
  readonly after?: string;
}

export interface RuleChange {
  readonly use: string;
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  /** For `changed`: what, as `key: before → after`. */
  readonly details?: readonly string[];
}

export interface DatasetDiff {
  readonly before: { readonly dataset: string; readonly version: string; readonly documents: number };
  readonly after: { readonly dataset: string; readonly version: string; readonly documents: number };
  readonly documents: {
    readonly same: number;
    readonly added: number;
    readonly removed: number;
    /** Same id, another text or other meta. */
    readonly changed: number;
    /** Same document on another side of the split. */
    readonly moved: number;
  };
  readonly examples: {
    readonly added: readonly DocumentChange[];
    readonly removed: readonly DocumentChange[];
    readonly changed: readonly DocumentChange[];
  };
  readonly sharedShards: number;
  readonly sources: readonly string[];
  readonly rules: readonly RuleChange[];
  readonly settings: readonly string[];
  readonly counts: { readonly before: Manifest['counts']; readonly after: Manifest['counts'] };
}

const exampleCharacters = 200;

export async function diffDatasets(a: OpenDataset, b: OpenDataset, examples = 5): Promise<DatasetDiff> {
  const shared = sharedShards(a.manifest, b.manifest);
  const before = await readSide(a, shared);
  const after = await readSide(b, shared);
  const changes = joinSides(before, after);
  const take = (which: 'added' | 'removed' | 'changed') => changes[which].slice(0, examples);
  const wanted = { added: take('added'), removed: take('removed'), changed: take('changed') };
  const [texts, newTexts] = [
    await readTexts(a, shared, new Set([...wanted.removed, ...wanted.changed].map(([i]) => i))),
    await readTexts(b, shared, new Set([...wanted.added, ...wanted.changed].map(([, j]) => j))),
  ];
  const change = ([i, j]: Pair): DocumentChange => {
    const [old, now] = [texts.get(i), newTexts.get(j)];
    return {
      id: (now ?? old)!.id,
      ...(old ? { before: old.text } : {}),
      ...(now ? { after: now.text } : {}),
    };
  };
  const about = ({ name, version, manifest }: OpenDataset) => ({
    dataset: name,
    version,
    documents: manifest.counts.out,
  });
  return {
    before: about(a),
    after: about(b),
    documents: {
      same: changes.same + shared.documents,
      added: changes.added.length,
      removed: changes.removed.length,
      changed: changes.changed.length,
      moved: changes.moved,
    },
    examples: {
      added: wanted.added.map(change),
      removed: wanted.removed.map(change),
      changed: wanted.changed.map(change),
    },
    sharedShards: shared.keys.size,
    sources: diffSources(a.manifest, b.manifest),
    rules: diffRules(a.manifest.rules, b.manifest.rules),
    settings: diffSettings(a.manifest, b.manifest),
    counts: { before: a.manifest.counts, after: b.manifest.counts },
  };
}

interface Shared {
  /** `split/sha256`. */
  readonly keys: ReadonlySet<string>;
  readonly documents: number;
}

function sharedShards(a: Manifest, b: Manifest): Shared {
  const keysOf = (manifest: Manifest) =>
    new Map(
      splitNames.flatMap((split) =>
        (manifest.splits[split]?.shards ?? []).map(
          ({ sha256, documents }) => [`${split}/${sha256}`, documents] as const,
        ),
      ),
    );
  const [before, after] = [keysOf(a), keysOf(b)];
  const both = [...before].filter(([key]) => after.has(key));
  return { keys: new Set(both.map(([key]) => key)), documents: both.reduce((sum, [, n]) => sum + n, 0) };
}

/** The documents of a version that are not in shared shards, as hashes. */
interface Side {
  readonly ids: Float64Array;
  readonly contents: Float64Array;
  readonly splits: Uint8Array;
}

async function readSide(dataset: OpenDataset, shared: Shared): Promise<Side> {
  const count = dataset.manifest.counts.out - shared.documents;
  const side = { ids: new Float64Array(count), contents: new Float64Array(count), splits: new Uint8Array(count) };
  let i = 0;
  for await (const { document, split } of unshared(dataset, shared)) {
    side.ids[i] = hash53(document.id);
    side.contents[i] = hash53(`${document.text}\0${JSON.stringify(document.meta)}`);
    side.splits[i++] = splitNames.indexOf(split);
  }
  return side;
}

async function* unshared(dataset: OpenDataset, shared: Shared) {
  for (const split of splitNames)
    for (const { file, sha256 } of dataset.manifest.splits[split]?.shards ?? [])
      if (!shared.keys.has(`${split}/${sha256}`))
        for await (const document of dataset.shard(file, split as SplitName)) yield { document, split };
}

/** Numbers of a document among the unshared ones of both sides; -1 where it is not there. */
type Pair = readonly [before: number, after: number];

function joinSides(before: Side, after: Side) {
  const result = { same: 0, moved: 0, added: [] as Pair[], removed: [] as Pair[], changed: [] as Pair[] };
  const [left, right] = [orderOf(before.ids), orderOf(after.ids)];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i], right[j]];
    const difference = a === undefined ? 1 : b === undefined ? -1 : before.ids[a]! - after.ids[b]!;
    if (difference < 0) result.removed.push([a!, -1]);
    else if (difference > 0) result.added.push([-1, b!]);
    else if (before.contents[a!] !== after.contents[b!]) result.changed.push([a!, b!]);
    else if (before.splits[a!] !== after.splits[b!]) result.moved++;
    else result.same++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  const inOrder = (pairs: Pair[]) => pairs.sort(([a, b], [c, d]) => Math.max(a, b) - Math.max(c, d));
  for (const pairs of [result.added, result.removed, result.changed]) inOrder(pairs);
  return result;
}

/** Numbers sorted by id; documents of one id stay in their order. */
function orderOf(ids: Float64Array): Uint32Array {
  return Uint32Array.from(ids, (_, i) => i).sort((a, b) => ids[a]! - ids[b]! || a - b);
}

async function readTexts(dataset: OpenDataset, shared: Shared, wanted: ReadonlySet<number>) {
  const found = new Map<number, { id: string; text: string }>();
  if (wanted.size === 0) return found;
  let i = 0;
  for await (const { document } of unshared(dataset, shared)) {
    if (wanted.has(i)) found.set(i, { id: document.id, text: document.text.slice(0, exampleCharacters) });
    i++;
    if (found.size === wanted.size) break;
  }
  return found;
}

function diffSources(a: Manifest, b: Manifest): string[] {
  const changes: string[] = [];
  for (let i = 0; i < Math.max(a.sources.length, b.sources.length); i++) {
    const [before, after] = [a.sources[i], b.sources[i]];
    const place = `source ${i + 1} (${(after ?? before)!.type})`;
    if (!before) changes.push(`${place}: added`);
    else if (!after) changes.push(`${place}: removed`);
    else {
      changes.push(...diffValues(before.config, after.config).map((change) => `${place}: ${change}`));
      if (hashValue(before.files) !== hashValue(after.files)) changes.push(`${place}: the content of its files`);
    }
  }
  return changes;
}

/** Rules are matched by name and in order. */
function diffRules(before: Manifest['rules'], after: Manifest['rules']): RuleChange[] {
  const changes: RuleChange[] = [];
  const left = [...before];
  let last = -1;
  for (const rule of after) {
    const at = left.findIndex(({ use }) => use === rule.use);
    if (at < 0) {
      changes.push({ use: rule.use, change: 'added' });
      continue;
    }
    const old = left[at]!;
    const place = before.indexOf(old);
    left.splice(at, 1);
    const details = [
      ...diffValues(old.config, rule.config),
      ...(old.version === rule.version ? [] : [`version: ${old.version} → ${rule.version}`]),
      ...(hashValue(old.files ?? []) === hashValue(rule.files ?? []) ? [] : ['the content of its files']),
      ...(hashValue(old.secrets ?? {}) === hashValue(rule.secrets ?? {}) ? [] : ['the secret that it uses']),
    ];
    if (details.length > 0) changes.push({ use: rule.use, change: 'changed', details });
    if (place < last) changes.push({ use: rule.use, change: 'moved' });
    last = Math.max(last, place);
  }
  return [...changes, ...left.map(({ use }): RuleChange => ({ use, change: 'removed' }))];
}

function diffSettings(a: Manifest, b: Manifest): string[] {
  const settings = ({ seed, code, licence }: Manifest) => ({ seed, code: code.version, licence });
  return diffValues(settings(a), settings(b));
}

function diffValues(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const [old, now] = [JSON.stringify(before[key]), JSON.stringify(after[key])];
    return old === now ? [] : [`${key}: ${old ?? '(none)'} → ${now ?? '(none)'}`];
  });
}
