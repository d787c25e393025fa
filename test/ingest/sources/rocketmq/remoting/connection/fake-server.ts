import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import {
  decodeFrame,
  encodeFrame,
  type Command,
  type OutgoingCommand,
} from '../../../../../../ingest/sources/rocketmq/remoting/protocol/frame.js';

/** A connection as a server sees it. */
export interface Peer {
  readonly socket: net.Socket;
  send(command: OutgoingCommand): void;
}

/** What an answer says besides whose it is. */
export type Reply = Partial<Pick<OutgoingCommand, 'code' | 'remark' | 'fields' | 'body'>>;

/** A server of the remoting protocol on a port of its own that does what the test says. */
export class FakeServer {
  /** Every command that arrived, answers to its own requests too. */
  readonly commands: Command[] = [];
  readonly peers: Peer[] = [];
  /** The answer to a request; undefined = none. */
  reply: (request: Command, peer: Peer) => Reply | undefined = () => ({});
  readonly #server: net.Server;

  private constructor(server: net.Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeServer> {
    const server = net.createServer();
    const fake = new FakeServer(server);
    server.on('connection', (socket) => fake.#serve(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Ends all connections; new ones are taken. */
  drop(): void {
    for (const { socket } of this.peers.splice(0)) socket.destroy();
  }

  async stop(): Promise<void> {
    this.drop();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: net.Socket): void {
    const peer: Peer = { socket, send: (command) => socket.write(encodeFrame(command)) };
    this.peers.push(peer);
    let bytes = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (part) => {
      bytes = Buffer.concat([bytes, part]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const end = 4 + bytes.readInt32BE(0);
        const command = decodeFrame(bytes.subarray(4, end), 'the client');
        bytes = bytes.subarray(end);
        this.commands.push(command);
        if ((command.flag & 1) !== 0) continue;
        const reply = this.reply(command, peer);
        if (reply !== undefined) peer.send({ code: 0, fields: {}, ...reply, opaque: command.opaque, flag: 1 });
      }
    });
  }
}
