import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { JuliuError } from '../../../../../errors/juliu-error.js';
import type { RocketmqConnection } from '../../options.js';
import { parseAddress } from './address.js';

/** A dead peer is noticed by the system after about this and its probes, ms. */
const KEEP_ALIVE_MS = 30_000;

/** Certificates, read once; undefined = plain text. */
export type TlsFiles = Pick<tls.ConnectionOptions, 'ca' | 'cert' | 'key'> | undefined;

/** @throws JuliuError ROCKETMQ_TLS, fatal, when a file cannot be read */
export function readTlsFiles({ tls: { enabled, caFile, certFile, keyFile }, endpoints }: RocketmqConnection): TlsFiles {
  if (!enabled) return undefined;
  const read = (path: string | undefined): Buffer | undefined => (path === undefined ? undefined : readFileSync(path));
  try {
    return { ca: read(caFile), cert: read(certFile), key: read(keyFile) };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new JuliuError('ROCKETMQ_TLS', { endpoints, detail }, { cause, errorClass: 'fatal' });
  }
}

export interface SocketOptions {
  readonly address: string;
  readonly tlsFiles: TlsFiles;
  readonly timeoutMs: number;
  /** Where the socket writes what it reads, and who is told; no read is a copy. */
  readonly room: () => Buffer;
  readonly onRead: (bytes: number) => void;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Connects, with TLS where there are files for it.
 * @throws JuliuError ROCKETMQ_NO_CONNECTION, ROCKETMQ_TLS
 */
export async function openSocket({
  address,
  tlsFiles,
  timeoutMs,
  room,
  onRead,
  signal,
}: SocketOptions): Promise<net.Socket> {
  const onread = {
    buffer: room,
    callback: (bytes: number): boolean => {
      onRead(bytes);
      return true;
    },
  };
  const isTls = tlsFiles !== undefined;
  const onAbort = (): void => void socket?.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  const progress = { isConnected: false };
  let socket: net.Socket | undefined;
  try {
    const { host, port } = parseAddress(address);
    const opened = isTls
      ? tls.connect({ host, port, ...tlsFiles, onread } as tls.ConnectionOptions)
      : net.connect({ host, port, onread });
    socket = opened;
    opened.setNoDelay(true);
    opened.setKeepAlive(true, KEEP_ALIVE_MS);
    opened.once('connect', () => (progress.isConnected = true));
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
      opened.once(isTls ? 'secureConnect' : 'connect', resolve);
      opened.once('error', reject);
      opened.once('close', () => {
        clearTimeout(late);
        reject(new Error('it closed the connection at once'));
      });
      opened.once(isTls ? 'secureConnect' : 'connect', () => clearTimeout(late));
    });
    return opened;
  } catch (cause) {
    socket?.destroy();
    // Whoever waited has been told; errors that come now have nobody.
    socket?.on('error', () => undefined);
    const detail = cause instanceof Error ? cause.message : String(cause);
    if (isTls && progress.isConnected) throw new JuliuError('ROCKETMQ_TLS', { endpoints: address, detail }, { cause });
    throw new JuliuError('ROCKETMQ_NO_CONNECTION', { address, detail }, { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
