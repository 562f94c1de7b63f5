/** What a reload cannot change. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import { fixedChanges } from '../../../src/reload/fixed-settings.ts';

const changes = (yaml: string): string[] =>
  fixedChanges(parsePolicy('', 'a.yaml'), parsePolicy(yaml, 'b.yaml'));

describe('what needs a restart', () => {
  for (const [yaml, names] of [
    ['', ''],
    ['tables: { sources: 2048 }', 'tables'],
    ['metrics: { listen: 127.0.0.1:9999 }', 'metrics.listen'],
    ['socket: /run/other.sock', 'socket'],
    ['memory: { path: off }', 'memory'],
    ['attach: generic', 'attach'],
    ['capabilities: [net_raw]', 'capabilities'],
    [
      'responses: { command: { run: "/bin/true" } }',
      'responses (the first command: what it may need was given up at the start)',
    ],
    ['ipv6_source_prefix: 56', 'ipv6_source_prefix'],
    ['portsentry: { style: "1.2", tcp_mode: atcp }', 'portsentry'],
    ['tables: { blocks: 2048 }\nsocket: /run/other.sock', 'tables socket'],
    [
      'mode: enforce\ninterface: [eth7]\nprobes: drop\nignore: [192.0.2.1]\nguard: { established: false }\n' +
        'monitor: { tcp: { unused: 1-99 }, served: nothing }\nlisten: { tcp: 2323 }\nlog: { level: debug }\n' +
        'lists: [{ name: x, file: /x }]\nlist_cache: /y\nescalation: off\n' +
        'rules: [{ name: other, instant: true }]\nresponses: { concurrency: 9 }',
      '',
    ],
  ] as const) {
    test(yaml === '' ? 'nothing' : yaml.split('\n')[0]!, () => assert.equal(changes(yaml).join(' '), names));
  }
});
