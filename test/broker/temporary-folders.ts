import { rmSync } from 'node:fs';

const folders = new Set<string>();
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A process that ends early leaves no data behind; one that is killed is cleaned up after by the server itself. */
export function removeAtExit(folder: string): void {
  folders.add(folder);
}
