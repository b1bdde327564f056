/** Types of gen.mjs, for the test that checks the registries. */
export interface Registry {
  readonly folder: string;
  readonly table: string;
  readonly layout: 'files' | 'groups' | 'folders';
}
export const registries: readonly Registry[];
export function registryText(root: string, registry: Registry): string;
export function generate(root: string, check: boolean): string[];
