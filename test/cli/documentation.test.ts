import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { main, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

const root = new URL('../../../', import.meta.url);
const read = (page: string): string => readFileSync(new URL(page, root), 'utf8');

/** Commands of a page in the order they stand there, those that run for ever left out. */
function commandsOf(page: string): string[] {
  return [...read(page).matchAll(/```sh\n([^]*?)```/g)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => /\bnpx juliu\b/.test(line) && !/\bnpx juliu start\b/.test(line));
}

/** As pasted into a shell: `npx juliu` is the built command line. */
function paste(command: string): { readonly status: number | null; readonly stderr: string } {
  const shell = `npx() { shift; "${process.execPath}" "${main}" "$@"; }; set -eo pipefail; ${command}`;
  return spawnSync('bash', ['-c', shell], { cwd: place.folder, encoding: 'utf8' });
}

void test('the commands of the README, the quick start and the operations page work as pasted', async () => {
  await place.makeStore('data');
  const filled = { JULIU_SIMULATE_MESSAGES: '2000' };
  const ingest = await place.run(['ingest', '--source', 'simulate'], { environment: filled });
  assert.equal(ingest.code, 0, ingest.stderr);
  await place.holdStore();
  const commands = ['README.md', 'docs/quick-start.md', 'docs/operations.md'].flatMap(commandsOf);
  assert.ok(commands.length > 25, String(commands.length));
  for (const command of new Set(commands)) {
    const { status, stderr } = paste(command);
    assert.equal(status, 0, `${command}\n${stderr}`);
  }
});

void test('both READMEs have the same commands, tables and links', () => {
  const shape = (page: string): unknown => {
    const text = read(page);
    return {
      blocks: [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block),
      headings: text.match(/^#+ /gm),
      rows: text.match(/^\|/gm)?.length,
      tables: [...text.matchAll(/`(\w+_\w+|events)`/g)].map(([, name]) => name),
      links: [...text.matchAll(/\]\(([^)]*)\)/g)].map(([, link]) => link).filter((link) => !link?.startsWith('README')),
    };
  };
  assert.deepEqual(shape('README.zh-CN.md'), shape('README.md'));
});

void test('every link between the pages leads somewhere', () => {
  const pages = [
    'README.md',
    'README.zh-CN.md',
    'CONTRIBUTING.md',
    ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`),
  ];
  for (const page of pages) {
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)]*)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : new URL(path, new URL(page, 'file:///')).pathname.slice(1);
      const text = read(target);
      if (anchor === undefined) continue;
      const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      );
      assert.ok(anchors.includes(anchor), `${page}: ${link}`);
    }
  }
});
