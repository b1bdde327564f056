/** Function words, which synonym replacement leaves alone (Wei & Zou 2019 leave out stop words too). Our own list. */
const english =
  'a about above after again against all am an and any are as at be because been before being below between both but by ' +
  'can could did do does doing down during each few for from further had has have having he her here hers herself him ' +
  'himself his how i if in into is it its itself just may me might more most must my myself no nor not now of off on once ' +
  'only or other our ours ourselves out over own same shall she should so some such than that the their theirs them ' +
  'themselves then there these they this those through to too under until up upon us very was we were what when where ' +
  'which while who whom why will with would yet you your yours yourself yourselves';
const chinese =
  '的 地 得 了 着 过 和 与 及 或 而 且 但 但是 因为 所以 如果 虽然 在 于 从 到 向 对 把 被 给 为 以 由 是 不是 有 没有 不 没 也 都 就 才 又 还 再 很 太 最 ' +
  '我 你 他 她 它 我们 你们 他们 她们 它们 自己 这 那 这个 那个 这些 那些 这里 那里 什么 谁 哪 哪里 怎么 多少 几 吗 呢 吧 啊 呀 之 其 所 者 个 只 一 ' +
  '二 三 四 五 六 七 八 九 十 百 千 万 上 下 里 中 内 外 前 后 等 会 能 可以 要 应该';

export const stopWords: ReadonlySet<string> = new Set(`${english} ${chinese}`.split(' '));
