/**
 * The frame of our model files: eight characters that say what it is, the header's length (uint32, little-endian), a JSON
 * header, zeros to a multiple of 8, then the body. The header tells the format's version, what the format adds, and the
 * SHA-256 of the body. A file that was cut, changed or made up is refused before anything of its size is allocated.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AthanorError } from '../core/index.ts';
import { ioError } from '../core/node.ts';

const headerLimit = 1 << 20;

export interface ModelFileFormat<Fields extends z.ZodRawShape> {
  /** Eight ASCII characters. */
  readonly magic: string;
  /** With its article, for messages: `a classifier`. */
  readonly what: string;
  /** The command that makes such a file. */
  readonly command: string;
  /** What the header holds beside `version` and `sha256`. */
  readonly fields: Fields;
}

export interface ModelFile<Header> {
  readonly header: Header;
  readonly body: Buffer;
  /** Of the whole file. */
  readonly sha256: string;
}

export interface ModelFileCodec<Fields extends z.ZodRawShape> {
  encode(header: z.input<z.ZodObject<Fields>>, body: Uint8Array): Buffer;
  /** @param path for messages only. @throws AthanorError('bad-file') */
  decode(bytes: Uint8Array, path: string): ModelFile<z.output<z.ZodObject<Fields>>>;
  /** @throws AthanorError('not-found' | 'io') */
  read(path: string): Buffer;
  /** The error for a body that does not hold what the header says. */
  bad(path: string, what: string, cause?: unknown): AthanorError;
}

export function modelFileCodec<Fields extends z.ZodRawShape>(format: ModelFileFormat<Fields>): ModelFileCodec<Fields> {
  const { magic, what, command } = format;
  const frame = z.object({ version: z.literal(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
  const fields = z.object(format.fields);
  const jsonStart = magic.length + 4;

  function bad(path: string, found: string, cause?: unknown): AthanorError {
    return new AthanorError('bad-file', `${path} is not ${what} of ours: ${found}`, {
      place: path,
      hint: `Train it again with \`${command}\`.`,
      cause,
    });
  }

  return {
    bad,

    encode(header, body) {
      const json = Buffer.from(JSON.stringify({ version: 1, ...header, sha256: sha256Of(body) }));
      const head = Buffer.alloc(align(jsonStart + json.length));
      head.write(magic, 'latin1');
      head.writeUInt32LE(json.length, magic.length);
      json.copy(head, jsonStart);
      return Buffer.concat([head, body]);
    },

    decode(bytes, path) {
      const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (file.length < jsonStart || file.toString('latin1', 0, magic.length) !== magic)
        throw bad(path, `it does not begin with ${magic}`);
      const headerLength = file.readUInt32LE(magic.length);
      const headerEnd = jsonStart + headerLength;
      if (headerLength > headerLimit || headerEnd > file.length)
        throw bad(path, `its header has ${headerLength} bytes`);
      const body = file.subarray(align(headerEnd));
      let header: z.output<typeof fields>;
      let sha256: string;
      try {
        const json: unknown = JSON.parse(file.toString('utf8', jsonStart, headerEnd));
        ({ sha256 } = frame.parse(json));
        header = fields.parse(json);
      } catch (error) {
        throw bad(path, 'its header cannot be read', error);
      }
      if (sha256Of(body) !== sha256) throw bad(path, 'its numbers do not have the SHA-256 that its header tells');
      return { header, body, sha256: sha256Of(file) };
    },

    read(path) {
      try {
        return readFileSync(path);
      } catch (error) {
        throw ioError(error, path, 'read');
      }
    },
  };
}

/** The arrays that a body is put together from, one after the other. */
export function joinArrays(arrays: readonly ArrayBufferView[]): Buffer {
  return Buffer.concat(
    arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

/** Takes copies of the parts of a body, one after the other: typed arrays need aligned memory of their own. */
export function partTaker(body: Buffer, start = 0): (bytes: number) => ArrayBuffer {
  let at = body.byteOffset + start;
  return (bytes) => {
    at += bytes;
    return body.buffer.slice(at - bytes, at) as ArrayBuffer;
  };
}

const align = (n: number): number => (n + 7) & ~7;

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
