// Steps that misbehave, for pool.test.ts: plain JavaScript, because a worker thread imports it.
const misbehaviours = {
  hang() {
    for (;;);
  },
  'eat-memory'() {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(kept.length));
  },
  throw() {
    throw new RangeError('Invalid string length');
  },
};

const hostile = (name) => ({
  name,
  kind: 'filter',
  version: 1,
  each: () => (document) => {
    if (document.text.includes(name)) misbehaviours[name]();
    return { ...document, text: `${document.text}.` };
  },
});

export const steps = Object.fromEntries(Object.keys(misbehaviours).map((name) => [name, hostile(name)]));
