/** The `user:password` of URLs and connection strings (RFC 3986 userinfo): `postgres://app:s3cret@db.local/x`. */
import type { Detector } from '../detector.ts';
import { userinfoStart } from '../userinfo.ts';

const PLACEHOLDER =
  /^(?:user(?:name)?|\$\{?\w+\}?|\{+\w+\}+|<.*|%\w+%)?:(?:pass(?:word|wd)?|pw|\$\{?\w+\}?|\{+\w+\}+|<.*|%\w+%|\*+|x{3,})$/i;

export const urlCredentials: Detector = {
  type: 'url-credentials',
  find({ text, ats }, found) {
    for (const at of ats) {
      const start = userinfoStart(text, at);
      if (start < 0) continue;
      const userinfo = text.slice(start, at);
      const colon = userinfo.indexOf(':');
      if (colon >= 0 && colon < userinfo.length - 1 && !PLACEHOLDER.test(userinfo)) found(start, at);
    }
  },
};
