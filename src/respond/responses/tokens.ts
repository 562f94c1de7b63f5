import { isIP } from 'node:net';

/** What the tokens stand for: the text of an address, a port, and a word for the mode. */
export type TokenValues = { readonly target: string; readonly port: number; readonly mode: string };

/**
 * `template` with every `$TARGET$`, `$PORT$` and `$MODE$` replaced. Nothing but the text of an address, a number from 0 to
 * 65535 and 1 to 16 small letters can come in by a token, so nothing that a shell would read as its own: throws a TypeError
 * for anything else, whether or not the template uses it.
 */
export function fillTokens(template: string, { target, port, mode }: TokenValues): string {
  // net.isIP() takes a zone identifier (`fe80::1%eth0`) for part of the address.
  if (isIP(target) === 0 || !/^[0-9a-f.:]+$/i.test(target)) refuse('$TARGET$', target, 'an IP address');
  if (!Number.isInteger(port) || port < 0 || port > 65535) refuse('$PORT$', port, 'a port from 0 to 65535');
  if (!/^[a-z]{1,16}$/.test(mode)) refuse('$MODE$', mode, 'a word of 1 to 16 small letters');
  const values: Readonly<Record<string, string>> = { $TARGET$: target, $PORT$: String(port), $MODE$: mode };
  return template.replaceAll(/\$(?:TARGET|PORT|MODE)\$/g, (token) => values[token]!);
}

function refuse(token: string, value: unknown, wanted: string): never {
  throw new TypeError(`${token} must be ${wanted}, and not ${JSON.stringify(value)}; nothing was run`);
}
