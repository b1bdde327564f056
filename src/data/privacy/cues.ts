/** Words left of a number that say what it is. Shared by the detectors. */

/**
 * Which of two groups of words stands nearest left of `at`, within `reach` characters.
 * @param cues global; its first group holds the words that speak for, everything else speaks against
 */
export function nearestCue(text: string, at: number, reach: number, cues: RegExp): 'for' | 'against' | undefined {
  const before = text.slice(Math.max(0, at - reach), at);
  let result: 'for' | 'against' | undefined;
  for (const match of before.matchAll(cues)) result = match[1] === undefined ? 'against' : 'for';
  return result;
}

/** Whether the words stand within `reach` characters left of `at`. */
export function cueBefore(text: string, at: number, reach: number, cue: RegExp): boolean {
  return cue.test(text.slice(Math.max(0, at - reach), at));
}

/** Numbers of things: what stands behind them is nobody's phone or card. */
export const THING_NUMBER =
  'orders?\\b|invoice|tracking|parcel|isbn|issn|doi|serial|sku|barcode|ticket|commit|sha-?\\d*\\b|build|issue|version|timestamp|订单|单号|编号|流水|货号|票号|运单|快递|序列号|型号|条码|条形码|书号|案号|文号|批号|学号|工号|版本|时间戳|交易号';
