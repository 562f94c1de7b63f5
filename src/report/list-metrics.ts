import { Counter, Gauge, type Registry } from 'prom-client';
import type { ListStatus } from '../lists/status.ts';

type Lists = { status(): readonly ListStatus[] };

/** What is to be known of each list, as long as there is one; a list that goes takes its series along. */
export function registerListMetrics(registry: Registry, lists: Lists): void {
  const registers = [registry];
  const dropCounter = (what: 'packets' | 'bytes', help: string) =>
    new Counter({
      name: `xdpsentry_list_${what}_total`,
      help,
      labelNames: ['list'],
      registers,
      collect() {
        this.reset();
        for (const { name, drops } of lists.status()) this.inc({ list: name }, drops[what]);
      },
    });
  dropCounter('packets', 'Packets dropped because their source is on the list.');
  dropCounter('bytes', 'Bytes of those packets.');
  new Gauge({
    name: 'xdpsentry_list_entries',
    help: 'Networks of the list that are in force (or, observing, would be), by address family; with those that are own or ignored at present.',
    labelNames: ['list', 'family'],
    registers,
    collect() {
      this.reset();
      for (const { name, facts } of lists.status()) {
        this.set({ list: name, family: 'ipv4' }, facts?.ipv4 ?? 0);
        this.set({ list: name, family: 'ipv6' }, facts?.ipv6 ?? 0);
      }
    },
  });
  new Gauge({
    name: 'xdpsentry_list_skipped',
    help: 'Networks of the list that kept nobody out when it was loaded, by reason (too_wide and private: left out for good; own and ignored: as long as they are), and lines that could not be read (unreadable).',
    labelNames: ['list', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { name, facts } of lists.status()) {
        const { too_wide = 0, own = 0, ignored = 0, private: special = 0 } = facts?.skipped ?? {};
        const counts = { too_wide, private: special, own, ignored, unreadable: facts?.bad ?? 0 };
        for (const [reason, count] of Object.entries(counts)) this.set({ list: name, reason }, count);
      }
    },
  });
  new Counter({
    name: 'xdpsentry_list_loads_total',
    help: 'Tries to load the list, by result; unchanged: the server says that it is the latest.',
    labelNames: ['list', 'result'],
    registers,
    collect() {
      this.reset();
      for (const { name, loads } of lists.status()) {
        for (const [result, count] of Object.entries(loads)) this.inc({ list: name, result }, count);
      }
    },
  });
  new Gauge({
    name: 'xdpsentry_list_last_success_timestamp_seconds',
    help: 'When the list was last known to be the latest; 0: never.',
    labelNames: ['list'],
    registers,
    collect() {
      this.reset();
      for (const { name, checkedMs = 0 } of lists.status()) this.set({ list: name }, checkedMs / 1000);
    },
  });
}
