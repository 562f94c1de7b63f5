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
      .prefault('1-65535')
      .meta({
        description:
          `${protocol} ports that are monitored: a packet to one of them is a probe while no local socket serves it. ` +
          'All of them by default, for most of what scanners try today lies above 1024.',
        samples: ['1-65535', '1-1024', [23, '135-139', 445]],
      }),
    except: ports()
      .prefault('')
      .meta({
        description:
          `${protocol} ports that are left out of \`unused\`. Those that rules of nftables and iptables ` +
          'forward need not be here: they count as served.',
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

/** Numbers up to 255, as they stand in the IP header. */
const protocolNumbers = () =>
  ports().refine((set) => !(set instanceof PortSet && [...set].some((number) => number > MAX_PROTOCOL)), {
    error: `holds a number above ${MAX_PROTOCOL}; write numbers of IP protocols`,
  });

const MAX_PROTOCOL = 255;

/**
 * Protocols that somebody may mean: ICMP, IGMP, tunnels (4, 41, 47, 94, 97, 98, 115, 137, 143), RSVP, ESP, AH, no next header of
 * IPv6, routing (88, 89, 103, 124), IPComp, VRRP, and transports besides TCP and UDP (33, 136), with the headers of mobile IPv6. Not SCTP (132): who
 * speaks it sends chunks, and of these `sctp` has what counts.
 */
const SPOKEN = '1,2,4,6,17,33,41,46,47,50,51,58,59,88,89,94,97,98,103,108,112,115,124,135-137,139,140,143';

const otherProtocols = section({
  unused: protocolNumbers()
    .prefault('0-255')
    .meta({
      description:
        'IP protocols that are monitored, by number: a packet of one is a probe of kind `protocol`, and its number counts as a port.',
      samples: ['0-255'],
    }),
  except: protocolNumbers()
    .prefault(SPOKEN)
    .meta({
      description:
        'IP protocols that are left out of `unused`: those that tunnels, routers, multicast and IPsec speak. ' +
        'Whoever speaks another one adds it.',
      samples: [SPOKEN],
    }),
});

/** What the data plane watches. */
export const monitor = section({
  tcp: monitored('TCP'),
  udp: monitored('UDP'),
  sctp: monitored('SCTP'),
  protocols: z
    .union([off, otherProtocols], {
      error: (issue) =>
        complain(issue.input, 'choice of protocols', 'off, or unused: NUMBERS and except: NUMBERS below it'),
    })
    .prefault({})
    .meta({
      description: 'What is monitored of IP protocols besides TCP, UDP, SCTP and ICMP.',
      allowed: '`off`, or a map of `unused` and `except`',
    }),
  ping: word('switch', ['on', 'off'])
    .prefault('on')
    .meta({
      description:
        'Whether requests of ICMP (echo, timestamp, information, address mask) are probes, of kind `ping`. They count only for rules ' +
        'that name this kind.',
    }),
  served: word('choice of what counts', ['stealth', 'nothing']).prefault('stealth').meta({
    description:
      'What counts at a monitored port that a socket serves: packets that no connection begins with, or nothing.',
  }),
  late_answers: word('way with late answers', ['spare', 'count'])
    .prefault('spare')
    .meta({
      description:
        'An ACK, a FIN+ACK or a datagram to a port from 1024 on may be a late answer to a connection that is over, or belong to somebody ' +
        'behind this host: `spare` lets them be, `count` takes them for probes, too.',
    }),
})
  .prefault({})
  .meta({
    description: 'Which ports are monitored.',
    allowed: 'a map of `tcp`, `udp`, `sctp`, `protocols`, `ping`, `served` and `late_answers`',
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
      'Ports at which the sentry listens, so that whoever connects has proved its address. Such a port is served, by ' +
      'the sentry itself.',
    allowed: 'a map of `tcp`, `udp` and `banner`',
  });
