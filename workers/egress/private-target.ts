import { isIpLiteral } from "../../shared/host-pattern.ts";

const PRIVATE_NAMES = /(?:^|\.)(?:localhost|internal|local|home\.arpa)$/;

// Network and prefix length; RFC 6890 and the registries it names.
const PRIVATE_IPV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
].map(([network, length]) => ({
  network: parseIpv4(network as string),
  mask: (-1 << (32 - (length as number))) >>> 0,
}));

/**
 * Whether a host in normal form names something that is not on the public Internet: loopback,
 * private, carrier, link-local and metadata addresses, those embedded in IPv6, and local names.
 */
export function isPrivateHost(host: string): boolean {
  if (!isIpLiteral(host)) return PRIVATE_NAMES.test(host);
  if (!host.startsWith("[")) return isPrivateIpv4(parseIpv4(host));
  return isPrivateIpv6(parseIpv6(host.slice(1, -1)));
}

function isPrivateIpv4(address: number): boolean {
  return PRIVATE_IPV4.some(({ network, mask }) => (address & mask) >>> 0 === network);
}

function isPrivateIpv6(groups: readonly number[]): boolean {
  const [first = 0, second = 0] = groups;
  const startsWithZeros = (count: number) => groups.slice(0, count).every((group) => group === 0);
  // Loopback, unspecified, IPv4-compatible and all the rest of ::/16, mapped addresses among them.
  if (startsWithZeros(5)) {
    return groups[5] !== 0xffff || isPrivateIpv4(joinGroups(groups[6], groups[7]));
  }
  if (first === 0x64 && second === 0xff9b) {
    return groups[2] !== 0 || isPrivateIpv4(joinGroups(groups[6], groups[7]));
  }
  if (first === 0x2002) return isPrivateIpv4(joinGroups(groups[1], groups[2]));
  // Global unicast is 2000::/3; of it, Teredo and documentation are no targets either.
  if (first === 0x2001) return second === 0 || second === 0xdb8;
  return (first & 0xe000) !== 0x2000;
}

function joinGroups(high = 0, low = 0): number {
  return ((high << 16) | low) >>> 0;
}

function parseIpv4(text: string): number {
  return text.split(".").reduce((address, part) => address * 256 + Number(part), 0);
}

/** Parses IPv6 as a URL's host gives it: hexadecimal groups, at most one `::`. */
function parseIpv6(text: string): number[] {
  const [head = "", tail] = text.split("::");
  const parseGroups = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const before = parseGroups(head);
  if (tail === undefined) return before;
  const after = parseGroups(tail);
  return [...before, ...new Array(8 - before.length - after.length).fill(0), ...after];
}
