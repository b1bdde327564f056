/**
 * How many different n-grams a text will have, told from its beginning: their number grows as a power of the length
 * (Heaps 1978, "Information Retrieval", §7.5, for words), whose exponent two points give. An order of magnitude, for a
 * warning before hours of reading; texts whose kind changes grow faster.
 */
export class GrowthEstimate {
  readonly #totalBytes: number;
  readonly #firstBytes: number;
  #read = 0;
  #first: readonly [bytes: number, ngrams: number] | undefined;
  #told = false;

  /** @param firstBytes where the first of the two points lies; the second is at twice as much */
  constructor(totalBytes: number, firstBytes = 1 << 20) {
    this.#totalBytes = totalBytes;
    this.#firstBytes = firstBytes;
  }

  /** @returns n-grams of the whole text: once, at the second point */
  after(bytes: number, ngrams: number): number | undefined {
    this.#read += bytes;
    if (this.#told || this.#read < this.#firstBytes) return undefined;
    if (this.#first === undefined) this.#first = [this.#read, ngrams];
    const [firstBytes, firstNgrams] = this.#first;
    if (this.#read < 2 * firstBytes) return undefined;
    this.#told = true;
    const exponent = Math.log(ngrams / firstNgrams) / Math.log(this.#read / firstBytes);
    return Math.round(ngrams * Math.max(1, this.#totalBytes / this.#read) ** exponent);
  }
}
