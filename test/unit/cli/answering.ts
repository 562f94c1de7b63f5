import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { main } from '../../../src/cli/program.ts';
import type { Request } from '../../../src/control/protocol.ts';
import { serveControl } from '../../../src/control/server.ts';
import { peerCredentials } from '../../../src/kernel/privileges.ts';

/** A control socket for the tests of a file, which answers what it is told to; and the command line that asks there. */
export function answering() {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-cli-asks-'));
  const socket = join(directory, 'control.sock');
  const asked: Request[] = [];
  let answer: unknown;
  let server: { close(): Promise<void> };
  before(async () => {
    server = await serveControl(socket, peerCredentials, (request) => {
      asked.push(request);
      if (answer instanceof Error) throw answer;
      return answer;
    });
  });
  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  return {
    directory,
    socket,
    asked,
    willAnswer(next: unknown) {
      answer = next;
    },
    async run(...argv: string[]): Promise<string> {
      let out = '';
      const code = await main([...argv, '--socket', socket], {
        out: (text) => {
          out += text;
        },
        err: (text) => assert.fail(text),
      });
      assert.equal(code, 0);
      return out;
    },
  };
}
