import { isIPv4, isIPv6 } from 'node:net';

/** Readers of names that belong to the machine. Each throws an Error that says what is wrong. */

/** Bytes that a socket path may have: sun_path holds 108 with the closing zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;

/** Bytes that an interface name may have: IFNAMSIZ is 16 with the closing zero. */
const MAX_INTERFACE_BYTES = 15;

/** What readInterface() takes, `!` before it or not: `eth0`, `veth*`, `!docker0`, `auto`, `!veth*`. */
export function readInterfaceChoice(text: string): string | undefined {
  const isNegative = text.startsWith('!');
  const name = readInterface(isNegative ? text.slice(1) : text);
  if (isNegative && name === 'auto') throw new Error('auto cannot be left out');
  return name === undefined ? undefined : text;
}

/** What the kernel takes as the name of an interface (dev_valid_name), or `auto`. */
export function readInterface(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_INTERFACE_BYTES)
    throw new Error(`the name has ${bytes} bytes, and Linux allows ${MAX_INTERFACE_BYTES}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names with control characters are what this refuses
  return /^[^\s/:\u0000-\u001f\u007f]+$/.test(text) && text !== '.' && text !== '..' ? text : undefined;
}

/** An absolute path that a socket can have. */
export function readSocketPath(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    throw new Error(`the path has ${bytes} bytes, and a socket's may have ${MAX_SOCKET_PATH_BYTES}`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: paths with control characters are what this refuses
  return /^\/[^\u0000-\u001f\u007f]*[^/\u0000-\u001f\u007f]$/.test(text) ? text : undefined;
}

/** Bytes that a path may have: PATH_MAX is 4096 with the closing zero. */
const MAX_PATH_BYTES = 4095;

/** The absolute path of a file. */
export function readPath(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PATH_BYTES)
    throw new Error(`the path has ${bytes} bytes, and Linux allows ${MAX_PATH_BYTES}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: paths with control characters are what this refuses
  return /^\/[^\u0000-\u001f\u007f]*[^/\u0000-\u001f\u007f]$/.test(text) ? text : undefined;
}

/** Bytes that a line for the shell may have: well below what Linux takes as one argument (MAX_ARG_STRLEN, 128 KiB). */
const MAX_LINE_BYTES = 65_536;

/** One line of text that says something; tabs are the only control characters in it. */
export function readLine(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_LINE_BYTES)
    throw new Error(`the line has ${bytes} bytes, and ${MAX_LINE_BYTES} are allowed`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: lines with control characters are what this refuses
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) throw new Error('a control character is in it');
  return text.trim() === '' ? undefined : text;
}

/** Where to listen, or that nobody shall. */
export type Listen = { readonly enabled: boolean; readonly host: string; readonly port: number };

/** Host names as RFC 1123 allows them; a last label of digits only would be a broken IPv4 address. */
const HOST_NAME =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*(?!\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Reads `127.0.0.1:9731`, `[::1]:9731`, `localhost:9731` or `off`. */
export function readListen(text: string): Listen | undefined {
  if (text === 'off') return { enabled: false, host: '', port: 0 };
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const [, inBrackets, plain = '', digits] = match;
  const port = Number(digits);
  if (port < 1 || port > 65_535) throw new Error(`${port} is no port that can be listened on`);
  const valid = inBrackets === undefined ? isIPv4(plain) || HOST_NAME.test(plain) : isIPv6(inBrackets);
  return valid ? { enabled: true, host: inBrackets ?? plain, port } : undefined;
}
