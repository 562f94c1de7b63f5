const ETHERNET = '02000000000a 02000000000b';
const TCP_SYN = (port: number) => `c350 ${hex16(port)} 00000001 00000000 5002 0400 0000 0000`;

/** A TCP SYN from 198.18.0.0 to loopback, where this process may have a socket. */
export function ipv4Syn(port: number): Uint8Array {
  return bytes(`${ETHERNET} 0800 4500 0028 0000 0000 4006 0000 c6120000 7f000001 ${TCP_SYN(port)}`);
}

/** The same over IPv6, from 2001:db8::. The bench draws the first 32 bits or, of those, the last ones. */
export function ipv6Syn(port: number): Uint8Array {
  const source = '20010db8000000000000000000000000';
  const loopback = '00000000000000000000000000000001';
  return bytes(`${ETHERNET} 86dd 60000000 0014 0640 ${source} ${loopback} ${TCP_SYN(port)}`);
}

const hex16 = (number: number): string => number.toString(16).padStart(4, '0');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
