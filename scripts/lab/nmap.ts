import type { Host } from './lab.ts';

/** Runs nmap without name lookups, host discovery or a script; answers with its grepable report. */
export async function nmap(host: Host, args: readonly string[]): Promise<string> {
  return (await host.execute('nmap', ['-n', '-Pn', '-oG', '-', ...args])).stdout;
}

/** What a scanner learned: ports that are open or closed, and not just silent. nmap names some and only counts others. */
export function learnedPorts(report: string): { readonly count: number; readonly named: readonly string[] } {
  const named = [...report.matchAll(/(\d+)\/(open|closed|unfiltered)\//g)].map(
    ([, port, state]) => `${port} ${state}`,
  );
  const summedUp = [...report.matchAll(/Ignored State: (?:closed|open|unfiltered) \((\d+)\)/g)];
  return { count: summedUp.reduce((sum, [, count]) => sum + Number(count), named.length), named };
}

const LEARNED = new Set(['open', 'closed', 'unfiltered']);

/**
 * Scans, and counts the ports whose state nmap then knows. From its XML, because the grepable report leaves all of them out when
 * some are closed and some silent and there are many of both.
 */
export async function countLearnedPorts(host: Host, args: readonly string[]): Promise<number> {
  const { stdout } = await host.execute('nmap', ['-n', '-Pn', '-oX', '-', ...args]);
  const named = [...stdout.matchAll(/<state state="([^"]+)"/g)].filter(([, state]) => LEARNED.has(state!));
  const summedUp = [...stdout.matchAll(/<extraports state="([^"]+)" count="(\d+)"/g)]
    .filter(([, state]) => LEARNED.has(state!))
    .map(([, , count]) => Number(count));
  return summedUp.reduce((sum, count) => sum + count, named.length);
}
