import type { BlockedHost } from './history-line.ts';

/** What has to become of one address in the file: first everything of it goes, if so, then it is added, if so. */
export type Change = { readonly removes: boolean; readonly adds: BlockedHost | undefined };

/** Changes that the file does not have yet, one an address: a later one takes the place of an earlier. */
export type Changes = Map<string, Change>;

/** Notes a change that comes after what is there. */
export function follow(changes: Changes, address: string, next: Change): void {
  const first = changes.get(address);
  changes.delete(address);
  changes.set(address, { removes: next.removes || first?.removes === true, adds: next.adds });
}

/** Takes back what could not be written: as if it came before everything that has come meanwhile. */
export function precede(changes: Changes, failed: Changes): Changes {
  const all: Changes = new Map(failed);
  for (const [address, change] of changes) follow(all, address, change);
  return all;
}

/** Those that only add: a line more at the end of the file, which costs little. */
export function onlyAdding(changes: Changes): Changes {
  return new Map([...changes].filter(([, { removes }]) => !removes));
}
