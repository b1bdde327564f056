/**
 * Keeps the crawler out of private networks: names are resolved by ourselves, and a connection is made only to addresses
 * that the public internet routes (IANA's special-purpose registries, as ipaddr.js has them). Since the very addresses
 * that were checked are connected to, a name that changes its answer gains nothing.
 */
import { type LookupAddress, lookup } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** Is this an IP address outside the public internet? Names and nonsense are not. */
export function isPrivateAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return true;
  // Addresses that carry an IPv4 address inside reach what that one reaches.
  if (parsed.kind() === 'ipv6') {
    const bytes = parsed.toByteArray();
    if (bytes.slice(0, 12).every((byte) => byte === 0)) return true;
    if (bytes[0] === 0 && bytes[1] === 0x64 && bytes[2] === 0xff && bytes[3] === 0x9b)
      return isPrivateAddress(bytes.slice(12).join('.'));
  }
  return false;
}

/** The error of `publicLookup`; its code tells it from those of DNS. */
export const privateAddressCode = 'EPRIVATE';

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Resolves a name as sockets want it, but only to public addresses. */
export function publicLookup(
  hostname: string,
  options: { readonly all?: boolean | undefined; readonly family?: number | string | undefined },
  callback: LookupCallback,
): void {
  lookup(
    hostname,
    { family: options.family === 4 || options.family === 6 ? options.family : 0, all: true },
    (error, addresses) => {
      if (error) {
        callback(error, '');
        return;
      }
      const open = addresses.filter(({ address }) => !isPrivateAddress(address));
      const [first] = open;
      if (first === undefined) {
        const found = addresses.map(({ address }) => address).join(', ');
        callback(
          Object.assign(new Error(`${hostname} is ${found}, inside a private network`), { code: privateAddressCode }),
          '',
        );
      } else if (options.all) callback(null, open);
      else callback(null, first.address, first.family);
    },
  );
}
