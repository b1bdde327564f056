/** What a thread makes of a unit, in pieces of about a megabyte: documents as JSON Lines, scan records, dropped documents. */
import { countCharacters, type Document, splitNames } from '../document.ts';
import type { DroppedRecord } from '../manifest.ts';

/** Documents that go to one place: the spool of the next phase, or a side of the split. */
export interface Lane {
  /** JSON Lines. */
  readonly bytes: Uint8Array;
  readonly documents: number;
  /** Unicode code points of the texts. */
  readonly characters: number;
}

export interface Chunk {
  /** One; in the last phase one a side of the split. */
  readonly lanes: readonly Lane[];
  /** A record a document: its length (uint32, little endian), then its bytes. Absent where nothing scans. */
  readonly records?: Uint8Array;
  /** JSON Lines. */
  readonly dropped: Uint8Array;
}

const chunkCharacters = 1 << 20;

/** Gathers what comes out of a segment until it is worth sending. */
export class ChunkBuilder {
  readonly #last: boolean;
  readonly #keepDropped: boolean;
  #lanes: { lines: string; documents: number; characters: number }[] = [];
  #records: Uint8Array[] = [];
  #recordBytes = 0;
  #dropped = '';
  #length = 0;

  /** @param last documents go to the sides of the split */
  constructor(last: boolean, keepDropped: boolean) {
    this.#last = last;
    this.#keepDropped = keepDropped;
    this.#reset();
  }

  get full(): boolean {
    return this.#length >= chunkCharacters;
  }

  document({ id, text, meta, split }: Document, record: Uint8Array | undefined): void {
    const line = `${JSON.stringify(this.#last || split === undefined ? { id, text, meta } : { id, text, meta, split })}\n`;
    const lane = this.#lanes[this.#last ? splitNames.indexOf(split ?? 'train') : 0]!;
    lane.lines += line;
    lane.documents++;
    if (this.#last) lane.characters += countCharacters(text);
    this.#length += line.length;
    if (!record) return;
    const framed = new Uint8Array(4 + record.length);
    new DataView(framed.buffer).setUint32(0, record.length, true);
    framed.set(record, 4);
    this.#records.push(framed);
    this.#recordBytes += framed.length;
    this.#length += framed.length;
  }

  dropped(record: DroppedRecord): void {
    if (!this.#keepDropped) return;
    const line = `${JSON.stringify(record)}\n`;
    this.#dropped += line;
    this.#length += line.length;
  }

  /** What was gathered since the last time; undefined where that is nothing. */
  take(): Chunk | undefined {
    if (this.#length === 0) return undefined;
    const lanes = this.#lanes.map(({ lines, ...counts }): Lane => ({ bytes: Buffer.from(lines), ...counts }));
    const dropped = Buffer.from(this.#dropped);
    let records: Uint8Array | undefined;
    if (this.#records.length > 0) {
      records = new Uint8Array(this.#recordBytes);
      let at = 0;
      for (const record of this.#records) {
        records.set(record, at);
        at += record.length;
      }
    }
    this.#reset();
    return { lanes, dropped, ...(records ? { records } : {}) };
  }

  #reset(): void {
    this.#lanes = (this.#last ? splitNames : [0]).map(() => ({ lines: '', documents: 0, characters: 0 }));
    this.#records = [];
    this.#recordBytes = 0;
    this.#dropped = '';
    this.#length = 0;
  }
}
