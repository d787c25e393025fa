import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { isatty } from 'node:tty';

let closed = false;

/**
 * Standard input as a stream that does not lie on file descriptor 0. To be called before the store is opened, because
 * of what {@link closeStandardInput} says; a terminal is left where it is.
 */
export function takeStandardInput(): Readable {
  if (isatty(0)) return process.stdin;
  // A duplicate of the descriptor is what is needed, and only a child process can be given one.
  const child = spawn('cat', [], { stdio: ['inherit', 'pipe', 'inherit'] });
  // When a child ends, Node throws away what nobody has asked for yet; a piped stream is asked at once.
  const input = child.stdout.pipe(new PassThrough());
  child.on('error', (error) => input.destroy(error));
  return input;
}

/**
 * Puts /dev/null on file descriptor 0. The embedded engine appends to the data of every INSERT whatever waits there
 * (it is made for `clickhouse local < data`), so it must find nothing: neither the capture that is being ingested nor
 * the list of a shell's `while read` loop. A terminal it does not read.
 */
export function closeStandardInput(): void {
  if (closed || isatty(0)) return;
  closed = true;
  try {
    closeSync(0);
  } catch {
    // It was closed from the beginning.
  }
  // The lowest free descriptor is given out first.
  openSync('/dev/null', 'r');
}
