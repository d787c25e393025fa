import { createServer } from 'node:net';

/** Where one server listens, all on 127.0.0.1 except the proxy's, which RocketMQ opens on every interface. */
export interface BrokerPorts {
  readonly nameServer: number;
  /** The broker also takes the port two below. */
  readonly broker: number;
  readonly ha: number;
  readonly grpc: number;
  readonly remoting: number;
}

/**
 * Free ports below the range from which systems take the ports of outgoing connections: there a client that
 * reconnects to a killed broker could be given the broker's own port and talk to itself.
 */
export async function freePorts(): Promise<BrokerPorts> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const base = 20_000 + 8 * Math.floor(Math.random() * 1_500);
    const wanted = [0, 1, 2, 3, 4, 5, 6].map((offset) => base + offset);
    if ((await Promise.all(wanted.map(isFree))).every(Boolean)) return portsFrom(base);
  }
  throw new Error('No seven free ports in a row between 20000 and 32000.');
}

export const portsFrom = (base: number): BrokerPorts => ({
  nameServer: base,
  broker: base + 3,
  ha: base + 4,
  grpc: base + 5,
  remoting: base + 6,
});

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
