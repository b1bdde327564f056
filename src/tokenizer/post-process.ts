/** Post-processors: special tokens put around the ids of one text. One row per supported type. */
import { asObject, badFile, buildComponent, type ComponentTable, componentList } from './hf/component.ts';
import type { Json, PostProcessor } from './types.ts';

const table: ComponentTable<PostProcessor> = {
  // Trims offsets only; the ids stay as they are.
  ByteLevel: (json) => ({ process: (ids) => ids, toJSON: () => json }),
  TemplateProcessing: readTemplate,
  Sequence: (json, place) => {
    const parts = componentList(json, 'processors', place).map((item, i) =>
      buildComponent('post-processor', table, item, `${place}.processors[${i}]`),
    );
    return { process: (ids) => parts.reduce((current, part) => part.process(current), ids), toJSON: () => json };
  },
};

/** null: nothing is added. */
export function readPostProcessor(json: Json, place = 'post_processor'): PostProcessor | undefined {
  return json === null ? undefined : buildComponent('post-processor', table, json, place);
}

/** `single`: a list of `{SpecialToken: {id}}` and `{Sequence: {id: "A"}}`. Pairs of texts are not encoded here. */
function readTemplate(json: Readonly<Record<string, unknown>>, place: string): PostProcessor {
  const special = asObject(json.special_tokens ?? {}, `${place}.special_tokens`);
  const steps = componentList(json, 'single', place).map((step, i): number[] | 'text' => {
    const at = `${place}.single[${i}]`;
    if (step && 'Sequence' in step) return 'text';
    const name = asObject(step?.SpecialToken, `${at}.SpecialToken`).id;
    if (typeof name !== 'string' || !Object.hasOwn(special, name))
      throw badFile(`${at}.SpecialToken.id`, 'expected a name in special_tokens', name);
    const ids = asObject(special[name], `${place}.special_tokens[${JSON.stringify(name)}]`).ids;
    if (!Array.isArray(ids) || !ids.every((id) => Number.isInteger(id) && id >= 0)) {
      throw badFile(`${place}.special_tokens[${JSON.stringify(name)}].ids`, 'expected a list of ids', ids);
    }
    return ids as number[];
  });
  const at = steps.indexOf('text');
  if (at < 0 || steps.lastIndexOf('text') !== at)
    throw badFile(`${place}.single`, 'expected exactly one Sequence', json.single);
  const before = steps.slice(0, at).flat() as number[];
  const after = steps.slice(at + 1).flat() as number[];
  return { process: (ids) => [...before].concat(ids, after), toJSON: () => json };
}
