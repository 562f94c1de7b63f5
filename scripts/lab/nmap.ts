import type { Host } from './lab.ts';

/** Runs nmap without name lookups, host discovery or a script; answers with its report in XML. */
export async function nmap(host: Host, args: readonly string[]): Promise<string> {
  return (await host.execute('nmap', ['-n', '-Pn', '-oX', '-', ...args])).stdout;
}

/** States that only an answer tells of. Of a silent port nmap says `filtered`, or `open|filtered`: it knows nothing. */
const LEARNED = new Set(['open', 'closed', 'unfiltered']);

/**
 * What a scanner learned of a host: ports that answered, and not just silent ones. nmap names some ports and only counts those of a
 * state that many are in. In XML it does so for each such state; its grepable report leaves all of them out but one.
 */
export function learnedPorts(report: string): { readonly count: number; readonly named: readonly string[] } {
  if (!report.includes('<ports>')) throw new Error(`nmap's report has no host that was scanned:\n${report}`);
  const isLearned = ({ state }: { state: string }) => LEARNED.has(state);
  const named = [...report.matchAll(/<port [^>]*portid="(\d+)"[^>]*><state state="([^"]+)"/g)]
    .map(([, port, state]) => ({ port: port!, state: state! }))
    .filter(isLearned);
  const counted = [...report.matchAll(/<extraports state="([^"]+)" count="(\d+)"/g)]
    .map(([, state, count]) => ({ state: state!, count: Number(count) }))
    .filter(isLearned);
  return {
    count: counted.reduce((sum, { count }) => sum + count, named.length),
    named: named.map(({ port, state }) => `${port} ${state}`),
  };
}
