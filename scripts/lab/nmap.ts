import type { Host } from './lab.ts';

/** What nmap says of ports that it could tell something about: `open` and `closed` are learned, `filtered` is not. */
export type PortReport = { readonly port: number; readonly state: string };

/** Runs nmap without name lookups, host discovery or a script; answers with its grepable report. */
export async function nmap(host: Host, args: readonly string[]): Promise<string> {
  return (await host.execute('nmap', ['-n', '-Pn', '-oG', '-', ...args])).stdout;
}

/** Ports whose state the scanner learned: what it calls open or closed, counting those it only sums up. */
export function learnedPorts(report: string): number {
  const listed = [...report.matchAll(/\d+\/(open|closed|unfiltered)\//g)].length;
  const ignored = [...report.matchAll(/Ignored State: (closed|open|unfiltered) \((\d+)\)/g)];
  return listed + ignored.reduce((sum, match) => sum + Number(match[2]), 0);
}
