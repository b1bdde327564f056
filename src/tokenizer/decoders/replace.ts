/** Replace decoder: every match of a pattern within a token becomes `content`. */
import { badFile, defineDecoder, stringAt } from '../hf/component.ts';
import { compileRegex } from '../regex/matcher.ts';
import type { DecoderStep, Json } from '../types.ts';
import { literalSink, mapStep, replaceLiteral } from './steps.ts';

export const replace = defineDecoder({
  name: 'replace',
  type: 'Replace',
  read(json, place) {
    const content = stringAt(json, 'content', place);
    const pattern = json.pattern as Readonly<Record<string, unknown>> | null | undefined;
    if (typeof pattern?.String === 'string') {
      const needle = pattern.String;
      return { steps: [literal(needle, content)], toJSON: () => toJson({ String: needle }, content) };
    }
    if (typeof pattern?.Regex === 'string') {
      const source = pattern.Regex;
      const step = regex(source, content, `${place}.pattern.Regex`);
      return { steps: [step], toJSON: () => toJson({ Regex: source }, content) };
    }
    throw badFile(`${place}.pattern`, 'expected {"String": "…"} or {"Regex": "…"}', pattern);
  },
});

function toJson(pattern: object, content: string): Json {
  return { type: 'Replace', pattern, content };
}

function literal(needle: string, content: string): DecoderStep {
  const map = (token: string) => (token === '' ? '' : replaceLiteral(token, needle, content));
  if (needle === '') return mapStep(map, { joined: map });
  return mapStep(map, { joined: map, open: (next) => literalSink(next, needle, content) });
}

/** What a regular expression matches may depend on all of the token: it is seen when the token is complete. */
function regex(source: string, content: string, place: string): DecoderStep {
  const matcher = compileRegex(source, place);
  const map = (token: string) => {
    const spans = matcher.matches(token);
    if (spans.length === 0) return token;
    let text = '';
    let done = 0;
    for (let i = 0; i < spans.length; i += 2) {
      text += token.slice(done, spans[i]) + content;
      done = spans[i + 1]!;
    }
    return text + token.slice(done);
  };
  return mapStep(map, { joined: map });
}
