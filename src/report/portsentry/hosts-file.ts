import { readFile, stat } from 'node:fs/promises';
import { parseHosts } from './host-names.ts';

export type HostsFile = {
  /** The name that the file gives to the address (as `formatPrefix` writes it), as it stands there now. */
  nameOf(address: string): Promise<string | undefined>;
};

/**
 * Reads `path` once, and again when it has changed. Without it there are no names; when it cannot be read, `warn` is told once
 * until it can.
 */
export function hostsFile(path: string, warn: (message: string) => void): HostsFile {
  let names = new Map<string, string>();
  let readAt = '';
  let isFaulty = false;

  const refresh = async (): Promise<void> => {
    const { mtimeNs, ino, size } = await stat(path, { bigint: true });
    const version = `${ino} ${size} ${mtimeNs}`;
    if (version === readAt) return;
    names = parseHosts(await readFile(path, 'utf8'));
    readAt = version;
  };

  return {
    async nameOf(address) {
      try {
        await refresh();
        isFaulty = false;
      } catch (error) {
        names = new Map();
        readAt = '';
        const { code, message } = error as NodeJS.ErrnoException;
        if (!isFaulty && code !== 'ENOENT') warn(`host names of ${path} are not used: ${message}`);
        isFaulty = code !== 'ENOENT';
      }
      return names.get(address);
    },
  };
}
