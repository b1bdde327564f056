/**
 * Gives a model directory rows for new tokens: each embedding and output row of a new token is the mean of the rows of
 * the old tokens that it stands for. Works on files by the tensors' names, so that architectures that are not built here
 * can be resized too. Node only; knows no tokenizer.
 */
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { mustExist, readJson, writeJson } from '../../core/node.ts';
import { asFloat32, fromFloat32Array, type StoredArray, type StoredDType } from '../../runtime/index.ts';
import { openSafetensors, type SafetensorsReader, type WritableTensor, writeCheckpoint } from '../../runtime/node.ts';

export interface NewRow {
  readonly id: number;
  /** Ids of the old tokens; one that occurs twice counts twice. */
  readonly pieces: readonly number[];
}

export interface ResizedVocabulary {
  readonly vocabSize: number;
  /** Names of the tensors that have a row a token. */
  readonly tensors: readonly string[];
}

/** Tables with a row (or one value) a token, as Hugging Face's architectures name them. */
const tablePattern =
  /(^|\.)(embed_tokens|wte|tok_embeddings|word_embeddings|embed_in|embed_out|lm_head|output)\.(weight|bias)$/;

/**
 * Writes config.json and the weights into `to`, and copies every other file but those of the tokenizer.
 * @param vocabSize rows that are needed; a table that has more already keeps them
 * @throws AthanorError('not-found' | 'bad-file') for a directory without a usable model; ('unsupported') for quantized tables
 */
export function resizeVocabulary(
  from: string,
  to: string,
  rows: readonly NewRow[],
  vocabSize: number,
): ResizedVocabulary {
  const configPath = mustExist(join(from, 'config.json'), 'model config');
  const config = readJson(configPath) as Record<string, unknown>;
  const holder = vocabularyHolder(config, configPath);
  const oldSize = holder.vocab_size as number;
  const size = Math.max(oldSize, vocabSize);
  const reader = openSafetensors(from);
  try {
    const tables = reader.names.filter((name) => tablePattern.test(name) && reader.info(name).shape[0] === oldSize);
    if (tables.length === 0)
      throw new AthanorError('bad-file', `the model ${from} has no embedding of ${oldSize} rows`, { place: from });
    const tensors = reader.names.map((name): WritableTensor => {
      if (!tables.includes(name)) return { ...reader.info(name), data: () => reader.read(name).data };
      const { dtype, shape } = reader.info(name);
      checkFloat(dtype, name, from);
      return { name, dtype, shape: [size, ...shape.slice(1)], data: () => grown(reader, name, rows, size) };
    });
    const { metadata } = reader;
    writeCheckpoint(to, tensors, Object.keys(metadata).length > 0 ? { metadata } : {});
    copyOthers(from, to);
    holder.vocab_size = size;
    writeJson(join(to, 'config.json'), config);
    return { vocabSize: size, tensors: tables };
  } finally {
    reader.close();
  }
}

/** Where vocab_size stands: multimodal models have it in `text_config`. */
function vocabularyHolder(config: Record<string, unknown>, place: string): Record<string, unknown> {
  for (const holder of [config, config.text_config as Record<string, unknown> | undefined])
    if (Number.isSafeInteger(holder?.vocab_size)) return holder!;
  throw new AthanorError('bad-file', `${place} has no vocab_size`, { place });
}

function checkFloat(dtype: StoredDType, name: string, place: string): void {
  if (dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16') return;
  throw new AthanorError('unsupported', `tensor '${name}' is ${dtype}: only tables of floats can be resized`, {
    place,
    hint: 'Resize the model before it is quantized.',
  });
}

/** The table with `size` rows, the new ones filled in; means are taken in double precision. */
function grown(reader: SafetensorsReader, name: string, rows: readonly NewRow[], size: number): StoredArray {
  const { dtype, shape, data } = reader.read(name);
  const width = shape.slice(1).reduce((product, length) => product * length, 1);
  const old = asFloat32({ dtype, data }, name);
  const table = new (data.constructor as new (length: number) => typeof data)(size * width);
  (table as Float32Array).set(data as Float32Array);
  for (const { id, pieces } of rows) {
    const row = meanRow(old, width, pieces, name);
    const stored = dtype === 'float32' ? row : fromFloat32Array(dtype as 'float16' | 'bfloat16', row);
    (table as Float32Array).set(stored, id * width);
  }
  return table;
}

/** The mean of some rows of a table. @throws AthanorError('bad-input') for an id that has no row */
export function meanRow(table: Float32Array, width: number, ids: readonly number[], name = 'table'): Float32Array {
  const sums = new Float64Array(width);
  for (const id of ids) {
    if (!(id >= 0 && (id + 1) * width <= table.length))
      throw new AthanorError('bad-input', `token ${id} has no row in '${name}'`, { values: { id, name } });
    for (let i = 0; i < width; i++) sums[i]! += table[id * width + i]!;
  }
  return Float32Array.from(sums, (sum) => sum / Math.max(1, ids.length));
}

/** Files that say what the old vocabulary was, or that are written anew. */
const replaced = /^config\.json$|\.safetensors(\.index\.json)?$|^(tokenizer|vocab|merges|added_tokens)\b/;

function copyOthers(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true }))
    if (entry.isFile() && !replaced.test(entry.name)) copyFileSync(join(from, entry.name), join(to, entry.name));
}
