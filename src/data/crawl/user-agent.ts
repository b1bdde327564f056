/** How the crawler names itself to servers and in its archives. */
import { codeVersion } from '../../core/node.ts';

export const software = `athanor/${codeVersion}`;

/** `athanor/0.1.0 (+https://example.org/crawler)`: who asks, and where to complain. */
export function userAgentOf({
  user_agent,
  contact,
}: {
  readonly user_agent: string;
  readonly contact: string;
}): string {
  const product = user_agent === 'athanor' ? software : user_agent;
  return `${product} (+${contact.replace(/[^\x21-\x7e]|[()]/g, '')})`;
}

/** `user_agent` without its version: what robots.txt is asked about. */
export function productOf(userAgent: string): string {
  return userAgent.split('/', 1)[0]!;
}
