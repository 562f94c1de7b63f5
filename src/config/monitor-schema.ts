import { z } from 'zod';
import { PortSet } from '../values/ports.ts';
import { ports, section, textual, word } from './fields.ts';
import { complain } from './found.ts';

/** Bytes that a banner may have: as much as PortSentry ever sent, and one packet on any link. */
export const MAX_BANNER_BYTES = 1024;

const off = z.literal('off').transform(() => undefined);

/** The ports of one protocol; undefined when it is switched off. */
function monitored(protocol: string) {
  const watched = section({
    unused: ports()
      .prefault('1-1024')
      .meta({
        description:
          `${protocol} ports that are monitored: a packet to one of them is a probe while no local socket serves it. ` +
          'The first 1024 are where services are looked for first, and no client uses them for itself.',
        samples: ['1-1024', '1-65535', [23, '135-139', 445]],
      }),
    except: ports()
      .prefault('')
      .meta({
        description:
          `${protocol} ports that are left out of \`unused\`. Ports that are forwarded into containers or to other ` +
          'hosts belong here: no socket of this host serves them.',
        samples: [113, '8080,8443'],
      }),
  });
  return z
    .union([off, watched], {
      error: (issue) =>
        complain(issue.input, 'choice of ports', 'off, or unused: PORTS and except: PORTS below it'),
    })
    .prefault({})
    .meta({
      description: `What is monitored of ${protocol}.`,
      allowed: '`off`, or a map of `unused` and `except`',
    });
}

/** What the data plane watches. */
export const monitor = section({
  tcp: monitored('TCP'),
  udp: monitored('UDP'),
  served: word('choice of what counts', ['stealth', 'nothing']).prefault('stealth').meta({
    description:
      'What counts at a monitored port that a socket serves: packets that no connection begins with, or nothing.',
  }),
  late_answers: word('way with late answers', ['spare', 'count'])
    .prefault('spare')
    .meta({
      description:
        'Packets to ports that Linux hands out for outgoing connections may be late answers to a connection that is ' +
        'over: `spare` lets them be, `count` takes them for probes, too.',
    }),
})
  .prefault({})
  .meta({
    description: 'Which ports are monitored.',
    allowed: 'a map of `tcp`, `udp`, `served` and `late_answers`',
  });

/** Ports of one protocol at which the sentry listens. */
function listened(protocol: string, connection: string) {
  return ports()
    .refine((set) => !(set instanceof PortSet && set.has(0)), {
      error: 'nobody can listen at port 0; write ports from 1 to 65535',
    })
    .prefault('')
    .meta({
      description: `${protocol} ports at which the sentry itself listens: ${connection} is a probe of kind connect.`,
      samples: ['2323,8081'],
    });
}

const BANNER = `a text of up to ${MAX_BANNER_BYTES} bytes`;

function readBanner(text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BANNER_BYTES) throw new Error(`the text has ${bytes} bytes`);
  return text;
}

/** Where the sentry listens itself. */
export const listen = section({
  tcp: listened('TCP', 'a connection'),
  udp: listened('UDP', 'a datagram'),
  banner: textual('banner', BANNER, readBanner)
    .prefault('')
    .meta({
      description: 'What the sentry answers there before it closes. Empty: nothing.',
      allowed: BANNER,
      samples: ['Access denied.'],
    }),
})
  .prefault({})
  .meta({
    description:
      'Ports at which the sentry listens, so that whoever connects has proved its address. Such a port is served by ' +
      'the sentry: it must not be monitored as well.',
    allowed: 'a map of `tcp`, `udp` and `banner`',
  });
