/** Types of gen.mjs, for the test that checks the registries. */
export interface Registry {
  readonly folder: string;
  readonly table: string;
  readonly layout: 'files' | 'groups' | 'folders';
}
export const registries: readonly Registry[];
export function registryText(root: string, registry: Registry): string;
export function generate(root: string, check: boolean): string[];

/** What steps and sources say of themselves, as Markdown: by the field of a recipe (`sources`, `steps`, `split`), then by name. */
export declare function dataDescriptions(
  root: string,
): Readonly<Record<'sources' | 'steps' | 'split', Readonly<Record<string, string>>>>;
