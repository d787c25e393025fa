import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { formatSize } from '../terminal/size.js';
import { fail, note, ok, warn, type Finding } from './finding.js';

const GiB = 2 ** 30;

/** `20.12` of package.json's engines. */
export function checkNode(version: string, least: readonly [major: number, minor: number]): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const enough = major > least[0] || (major === least[0] && minor >= least[1]);
  return enough
    ? ok('node', `Node.js ${version}`)
    : fail('node', `Node.js ${version} is too old; install ${least.join('.')} or newer.`);
}

/** Envelope times are compared with nothing, but received_at, retention and people go by this clock. */
export function checkClock(now: number): Finding {
  const shown = new Date(now).toISOString();
  if (now < Date.parse('2026-01-01') || now > Date.parse('2100-01-01')) {
    return fail('clock', `The clock says ${shown}, which cannot be; set it (NTP).`);
  }
  return ok('clock', `${shown} (${chinaWallTime(now)} in China)`);
}

/** Times inside messages are China's wall time: without time zone data they would be read wrongly. */
export function checkTimeZones(): Finding {
  const seen = chinaWallTime(Date.parse('2026-06-30T16:00:00Z'));
  if (!seen.includes('2026-07-01') || !seen.includes('00:00:00')) {
    return fail(
      'time zones',
      `Asia/Shanghai gives ${seen} instead of 2026-07-01 00:00:00; install Node.js with full ICU.`,
    );
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return ok('time zones', `this machine runs in ${zone}; message times are read as UTC+8 whatever it is`);
}

function chinaWallTime(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' });
}

/** The folder's disk, or the nearest existing parent's. */
export async function checkDisk(folder: string): Promise<Finding> {
  const disk = await nearestDisk(resolve(folder));
  if (disk === undefined) return warn('disk', `The disk of ${folder} cannot be seen; check that it is mounted.`);
  return judgeDisk(folder, disk.bavail * disk.bsize, disk.blocks * disk.bsize);
}

export function judgeDisk(place: string, free: number, total: number): Finding {
  const text = `${formatSize(free)} free of ${formatSize(total)} for ${place}`;
  if (free < GiB) return fail('disk', `${text}; merges need room, make some.`);
  if (free < 5 * GiB) return warn('disk', `${text}; a million messages take about half a GiB, plan for more.`);
  return ok('disk', text);
}

async function nearestDisk(folder: string): Promise<{ bavail: number; bsize: number; blocks: number } | undefined> {
  for (let path = folder; ; path = dirname(path)) {
    const disk = await statfs(path).catch(() => undefined);
    if (disk !== undefined || path === dirname(path)) return disk;
  }
}

/** Only pictures need fonts, and nothing here draws any; Chinese text in a terminal is the terminal's own matter. */
export async function checkFonts(): Promise<Finding> {
  const fonts = await promisify(execFile)('fc-list', [':lang=zh', 'family']).then(
    ({ stdout }) => stdout.split('\n').filter((line) => line !== '').length,
    () => undefined,
  );
  const seen =
    fonts === undefined
      ? 'fontconfig is not installed'
      : `${fonts} font families with Chinese characters are installed`;
  return note('fonts', `not needed: this version draws no pictures (${seen})`);
}
