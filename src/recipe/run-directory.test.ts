import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJson } from '../core/node.ts';
import { Workspace } from '../data/index.ts';
import type { ResolvedStage } from './resolve.ts';
import { openRun } from './run-directory.ts';

describe('a run directory', () => {
  let root: string;
  let workspace: Workspace;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'athanor-run-'));
    workspace = new Workspace(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const open = (key: string, resume?: string) =>
    openRun({
      workspace,
      recipeName: 'r',
      recipeValue: { name: 'r' },
      stage: { name: 'base', kind: 'pretrain', config: { name: 'base' } } as unknown as ResolvedStage,
      identity: {} as Parameters<typeof openRun>[0]['identity'],
      key,
      resume,
    });
  const keyOf = (id: string) => (readJson(join(workspace.run(id), 'config.json')) as { key: string }).key;

  it('takes the key of the command that resumes it, and the old one back when the resume is refused', () => {
    const first = open('old');
    first.finish('interrupted');
    const second = open('new', first.id);
    expect(second.id).toBe(first.id);
    expect(second.resuming).toBe(true);
    expect(keyOf(first.id)).toBe('new');
    second.refuse();
    expect(keyOf(first.id)).toBe('old');
  });

  it('gives every new run a folder of its own', () => {
    const [first, second] = [open('a'), open('a')];
    expect(second.id).not.toBe(first.id);
    first.refuse(); // a new run has nothing to go back to
    expect(keyOf(first.id)).toBe('a');
  });
});
