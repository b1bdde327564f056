/**
 * A set or map of 64-bit hashes in flat arrays: 8 bytes a key and 8 a value, at 35 to 70 % fill, so 11–23 bytes a key
 * (23–46 with values). Two of ten million different keys share a hash with a chance of 3 in a million; the second then
 * counts as known. Nothing is ever removed.
 */
import { createHash } from 'node:crypto';

export class HashIndex {
  private high: Uint32Array;
  private low: Uint32Array;
  private values: Float64Array | undefined;
  private count = 0;

  /** @param withValues keeps a number with each key */
  constructor(withValues = false, capacity = 1 << 12) {
    this.high = new Uint32Array(capacity);
    this.low = new Uint32Array(capacity);
    if (withValues) this.values = new Float64Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  /** Bytes of the arrays. */
  get bytes(): number {
    return this.high.byteLength + this.low.byteLength + (this.values?.byteLength ?? 0);
  }

  /** @returns false where the key was there already */
  add(key: string): boolean {
    const [high, low] = hash(key);
    const slot = this.slotOf(high, low);
    if (this.taken(slot)) return false;
    this.put(slot, high, low);
    return true;
  }

  set(key: string, value: number): void {
    const [high, low] = hash(key);
    let slot = this.slotOf(high, low);
    if (!this.taken(slot)) slot = this.put(slot, high, low);
    this.values![slot] = value;
  }

  has(key: string): boolean {
    return this.taken(this.slotOf(...hash(key)));
  }

  get(key: string): number | undefined {
    const slot = this.slotOf(...hash(key));
    return this.taken(slot) ? this.values![slot] : undefined;
  }

  private taken(slot: number): boolean {
    return this.high[slot] !== 0 || this.low[slot] !== 0;
  }

  private slotOf(high: number, low: number): number {
    const mask = this.low.length - 1;
    let slot = low & mask;
    while (this.taken(slot) && !(this.low[slot] === low && this.high[slot] === high)) slot = (slot + 1) & mask;
    return slot;
  }

  private put(slot: number, high: number, low: number): number {
    this.count++;
    this.high[slot] = high;
    this.low[slot] = low;
    if (this.count <= this.low.length * 0.7) return slot;
    this.grow();
    return this.slotOf(high, low);
  }

  private grow(): void {
    const { high, low, values } = this;
    const capacity = low.length * 2;
    this.high = new Uint32Array(capacity);
    this.low = new Uint32Array(capacity);
    if (values) this.values = new Float64Array(capacity);
    for (let i = 0; i < low.length; i++) {
      if (high[i] === 0 && low[i] === 0) continue;
      const slot = this.slotOf(high[i]!, low[i]!);
      this.high[slot] = high[i]!;
      this.low[slot] = low[i]!;
      if (values) this.values![slot] = values[i]!;
    }
  }
}

/** 64 bits of SHA-1 (speed, not secrecy); never 0, which marks an empty slot. */
function hash(key: string): [high: number, low: number] {
  const digest = createHash('sha1').update(key).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4) || 1];
}
