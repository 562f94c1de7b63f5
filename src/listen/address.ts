/** The address as packets have it: `::ffff:198.51.100.7`, a socket's spelling of an IPv4 peer, and a zone index go. */
export const plainAddress = (address: string): string =>
  address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '').replace(/%.*$/, '');

/** Tries the socket of both families first; where IPv6 is switched off, the one of IPv4. */
export async function withIpv4Fallback<T>(open: (host: '::' | '0.0.0.0') => Promise<T>): Promise<T> {
  try {
    return await open('::');
  } catch (error) {
    if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return await open('0.0.0.0');
  }
}
