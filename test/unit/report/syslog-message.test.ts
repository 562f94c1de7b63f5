import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Severity, syslogMessage } from '../../../src/report/syslog-message.ts';

const SENDER = { facility: 3, ident: 'portsentry', pid: 123 };
const AT_MS = new Date(2026, 10, 22, 0, 18, 7).getTime();
const HEAD = '<29>Nov 22 00:18:07 portsentry[123]: ';

/** Throws unless the bytes are UTF-8. */
const decode = (bytes: Uint8Array) =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
const messageOf = (text: string) => decode(syslogMessage(SENDER, 'notice', text, AT_MS));

describe('a syslog message', () => {
  test('reads as PortSentry 1.2 sends it', () => {
    assert.equal(
      messageOf('attackalert: TCP SYN/Normal scan from host: 10.9.8.6/10.9.8.6 to TCP port: 11'),
      '<29>Nov 22 00:18:07 portsentry[123]: attackalert: TCP SYN/Normal scan from host: 10.9.8.6/10.9.8.6 to TCP port: 11',
    );
  });

  const severities: [Severity, number][] = [
    ['error', 27],
    ['warn', 28],
    ['notice', 29],
    ['info', 30],
    ['debug', 31],
  ];
  for (const [severity, priority] of severities) {
    test(`of the daemons, ${severity}, has priority ${priority}`, () => {
      const message = decode(syslogMessage(SENDER, severity, 'x', AT_MS));
      assert.equal(message, `<${priority}>Nov 22 00:18:07 portsentry[123]: x`);
    });
  }

  test('takes facility, name and process from its sender', () => {
    const sender = { facility: 16, ident: 'xdpsentry', pid: 7 };
    assert.equal(decode(syslogMessage(sender, 'error', 'x', AT_MS)), '<131>Nov 22 00:18:07 xdpsentry[7]: x');
  });

  const times: [[number, number, number, number, number], string][] = [
    [[0, 1, 0, 0, 0], 'Jan  1 00:00:00'],
    [[1, 9, 9, 9, 9], 'Feb  9 09:09:09'],
    [[6, 10, 12, 30, 1], 'Jul 10 12:30:01'],
    [[11, 31, 23, 59, 59], 'Dec 31 23:59:59'],
  ];
  for (const [[month, day, hour, minute, second], stamp] of times) {
    test(`${stamp}: local time, the day padded with a blank`, () => {
      const atMs = new Date(2026, month, day, hour, minute, second, 999).getTime();
      assert.equal(decode(syslogMessage(SENDER, 'notice', 'x', atMs)), `<29>${stamp} portsentry[123]: x`);
    });
  }
});

describe('a text becomes one line', () => {
  const cases: [string, string, string][] = [
    ['its line end goes', 'attackalert: x\r\n\n', 'attackalert: x'],
    ['blanks at its end stay', 'manually exclude port: 113 ', 'manually exclude port: 113 '],
    ['line ends within it do not', 'a\nb\r\nc', 'a?b??c'],
    ['terminal commands do not', '\u001b[2Jx\u007f\u009b0m\0', '?[2Jx??0m?'],
    ['lines of Unicode do not', 'a\u2028b\u2029c\u0085d', 'a?b?c?d'],
    ['tabs stay', 'ERROR: Error resolving host. \t\tx', 'ERROR: Error resolving host. \t\tx'],
    ['other languages stay', 'Grüße, 日本 🙂', 'Grüße, 日本 🙂'],
    ['half characters become a mark', 'a\ud83db', 'a\ufffdb'],
    ['percent signs are no format', '%s%n %d', '%s%n %d'],
    ['an empty one stays empty', '', ''],
  ];
  for (const [says, text, line] of cases) {
    test(says, () => assert.equal(messageOf(text), `${HEAD}${line}`));
  }
});

describe('a long text', () => {
  const ROOM = 8192 - HEAD.length;

  test('is sent whole up to 8192 bytes', () => {
    assert.equal(messageOf('x'.repeat(ROOM)), `${HEAD}${'x'.repeat(ROOM)}`);
  });

  test('is cut beyond, and says so', () => {
    const note = ' [cut: the message had 8193 bytes]';
    const message = messageOf('x'.repeat(ROOM + 1));
    assert.equal(message, `${HEAD}${'x'.repeat(ROOM - note.length)}${note}`);
  });

  test('is cut between characters', () => {
    for (let shift = 0; shift < 4; shift++) {
      const message = messageOf(`${'x'.repeat(shift)}${'🙂'.repeat(4000)}`);
      assert.match(message, /\]: x*(🙂)+ \[cut: the message had 160\d\d bytes\]$/u);
      const { length } = Buffer.from(message);
      assert(length > 8192 - 4 && length <= 8192, `${length} bytes`);
    }
  });
});

test('whatever the text, the message is one line of UTF-8 that fits', () => {
  const wild = fc.string({ unit: 'binary', maxLength: 60 });
  const text = fc.oneof(
    wild,
    fc.tuple(wild, fc.integer({ min: 1, max: 800 })).map(([part, times]) => part.repeat(times)),
  );
  fc.assert(
    fc.property(text, (hostile) => {
      const bytes = syslogMessage(SENDER, 'notice', hostile, AT_MS);
      assert(bytes.length <= 8192);
      const message = decode(bytes);
      assert(message.startsWith(HEAD));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      assert.doesNotMatch(message, /[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029]/);
    }),
  );
});
