import { isIP } from 'node:net';

/**
 * Whether a request for this host may come from a browser that somebody's page has led here: the page's name is made to stand for
 * 127.0.0.1 (DNS rebinding), and then the page may read what it gets. Names that nobody else can own are well. `own`: the name or address
 * that is listened at.
 */
export function isStranger(hostHeader: string | undefined, own: string): boolean {
  if (hostHeader === undefined) return false; // HTTP/1.0: no browser
  const [, inBrackets, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(hostHeader) ?? [];
  const name = (inBrackets ?? plain).toLowerCase().replace(/\.$/, '');
  return isIP(name) === 0 && name !== own.toLowerCase() && !/(^|\.)localhost$/.test(name);
}

export const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\./.test(address);
