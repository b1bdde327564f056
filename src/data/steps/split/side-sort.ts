/** Sides of the split that were found in any order, given as verdicts in the order of the documents. */
import { ExternalSort } from '../../sorting/external-sort.ts';
import type { DecideContext } from '../../step.ts';

export class SideSort {
  readonly #sort: ExternalSort;
  readonly #context: DecideContext;
  readonly #record = new Uint32Array(2);

  constructor(context: DecideContext, memoryBytes: number) {
    this.#context = context;
    this.#sort = new ExternalSort({ width: 2, keys: 1, memoryBytes, directory: context.directory, name: 'sides' });
  }

  add(number: number, side: number): void {
    this.#record[0] = number;
    this.#record[1] = side;
    this.#sort.add(this.#record);
  }

  giveVerdicts(): void {
    for (const { words, count } of this.#sort.sorted())
      for (let i = 0; i < 2 * count; i += 2) this.#context.verdict(words[i]!, words[i + 1]!);
  }
}
