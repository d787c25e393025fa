import { join, relative, resolve } from 'node:path';
import { JuliuError } from '../../errors/juliu-error.js';

/** `sun_path` of unix(7) holds 108 bytes with the closing NUL on Linux, 104 on macOS and the BSDs. */
const limit = process.platform === 'linux' ? 107 : 103;

/**
 * Where the process that owns a data folder listens. A path too long for the system is given relative to the working
 * directory when that is short enough.
 * @throws JuliuError STORE_SOCKET_PATH
 */
export function socketPath(dataDir: string, cwd: string = process.cwd()): string {
  const path = join(resolve(cwd, dataDir), 'juliu.sock');
  const bytes = Buffer.byteLength(path);
  if (bytes <= limit) return path;
  const short = relative(cwd, path);
  if (Buffer.byteLength(short) <= limit) return short;
  throw new JuliuError('STORE_SOCKET_PATH', { path, bytes, limit });
}
