/**
 * Ties stages together by name: every dataset, tokenizer and model that a stage reads is made by an earlier stage or
 * lies in the workspace already. Pure but for listing the workspace; runs nothing.
 */
import { AthanorError, formatPath, nearest, unknownName } from '../core/index.ts';
import type { Artefact, ArtefactType, Reference, StageConfig, StageDefinition, Summary } from './define.ts';
import { type Recipe, type StageKind, stageOf } from './schema.ts';

/** A stage with its references tied. */
export interface ResolvedStage {
  readonly index: number;
  readonly kind: StageKind;
  readonly name: string;
  readonly config: StageConfig;
  readonly definition: StageDefinition;
  readonly inputs: readonly ResolvedReference[];
  readonly outputs: readonly Artefact[];
  /** Numbers that follow from the config, for people. */
  readonly derived: Summary;
}

export interface ResolvedReference extends Reference {
  /** The stage that makes it; undefined when it comes from the workspace. */
  readonly from: number | undefined;
}

/** Tells which artefacts the workspace holds. */
export type WorkspaceListing = (type: ArtefactType) => readonly string[];

/**
 * @throws AthanorError('bad-input') for a name that nobody makes, a wrong order, or two stages of one name
 */
export function resolveRecipe(recipe: Recipe, existing: WorkspaceListing, place: string): readonly ResolvedStage[] {
  const parsed = recipe.stages.map(({ kind, config }, index) => {
    const definition = stageOf(kind);
    return { index, kind, name: config.name, config, definition, outputs: definition.outputs(config) };
  });
  const maker = new Map<string, number>();
  for (const stage of parsed) {
    const twin = parsed.find(
      (other) => other.index < stage.index && other.kind === stage.kind && other.name === stage.name,
    );
    if (twin !== undefined) throw duplicate(stage.index, stage.kind, stage.name, twin.index, place);
    for (const output of stage.outputs) {
      const other = maker.get(keyOf(output));
      if (other !== undefined) throw duplicate(stage.index, stage.kind, output.name, other, place);
      maker.set(keyOf(output), stage.index);
    }
  }
  return parsed.map((stage) => ({
    ...stage,
    derived: stage.definition.derive?.(stage.config) ?? {},
    inputs: stage.definition.inputs(stage.config).map((reference) => {
      const from = maker.get(keyOf(reference));
      if (from !== undefined && from < stage.index) return { ...reference, from };
      const path = ['stages', stage.index, stage.kind, ...reference.path];
      if (from !== undefined) throw wrongOrder(path, reference, from, place);
      if (existing(reference.type).includes(reference.name)) return { ...reference, from: undefined };
      const earlier = parsed.slice(0, stage.index).flatMap((other) => other.outputs);
      throw unknownReference(path, reference, earlier, existing, place);
    }),
  }));
}

/** The stages named by `--only`, checked. */
export function selectStages(stages: readonly ResolvedStage[], only: readonly string[]): ReadonlySet<number> {
  if (only.length === 0) return new Set(stages.map(({ index }) => index));
  const selected = new Set<number>();
  for (const wanted of only) {
    const found = stages.filter(({ name, kind }) => name === wanted || kind === wanted);
    if (found.length === 0) {
      const known = [...new Set(stages.flatMap(({ name, kind }) => [name, kind]))];
      throw unknownName('stage', wanted, known, { place: '--only' });
    }
    for (const { index } of found) selected.add(index);
  }
  return selected;
}

const keyOf = ({ type, name }: Artefact): string => `${type}:${name}`;

function duplicate(index: number, kind: string, name: string, other: number, place: string): AthanorError {
  const path = ['stages', index, kind, 'name'];
  return new AthanorError('bad-input', `${formatPath(path)}: the name '${name}' is taken by stages[${other}]`, {
    place,
    hint: 'Give each stage a name of its own.',
    values: { path },
  });
}

function wrongOrder(
  path: readonly PropertyKey[],
  { type, name }: Reference,
  from: number,
  place: string,
): AthanorError {
  return new AthanorError(
    'bad-input',
    `${formatPath(path)}: the ${type} '${name}' is made only later, by stages[${from}]`,
    {
      place,
      hint: 'Move that stage before this one.',
      values: { path },
    },
  );
}

function unknownReference(
  path: readonly PropertyKey[],
  { type, name }: Reference,
  earlier: readonly Artefact[],
  existing: WorkspaceListing,
  place: string,
): AthanorError {
  const made = earlier.filter((output) => output.type === type).map((output) => output.name);
  const known = [...new Set([...made, ...existing(type)])].sort();
  const near = nearest(name, known);
  const list =
    known.length > 0 ? `Known: ${known.join(', ')}.` : `No earlier stage makes a ${type}, and the workspace has none.`;
  return new AthanorError('bad-input', `${formatPath(path)}: unknown ${type} '${name}'`, {
    place,
    hint: `${near ? `Did you mean '${near}'? ` : ''}${list}`,
    values: { path, kind: type, name, known },
  });
}
