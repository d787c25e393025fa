import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveLanes, type LaneSettings } from '../../../config/lanes.js';
import { loadConfig } from '../../../config/load.js';
import { BodyDecoder } from '../../../ingest/decoder.js';
import { OpenLanes } from '../../../ingest/lanes/open-lanes.js';
import { codec } from '../real-store.js';
import { ScriptedStore } from '../scripted-store.js';
import { eventually } from './lane-settings.js';
import { MemoryPlans } from './memory-plans.js';
import { MemoryTopic } from './memory-topic.js';

test('files that the configuration names after a change are watched too, one that is not there yet as well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'juliu-reload-'));
  const file = join(folder, 'juliu.yaml');
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  const configure = (usersFile: string): void =>
    write(
      'juliu.yaml',
      `ingest: { lanes: [{ name: big, usersFile: ${usersFile} }, { name: rest, default: true }] } # ${usersFile}`,
    );
  const read = (): readonly LaneSettings[] =>
    resolveLanes(loadConfig({ file, directory: folder, environment: {} }).config.ingest, folder) ?? [];
  write('first.txt', '1\n');
  configure('first.txt');
  const topic = new MemoryTopic();
  const notices: string[] = [];
  const lanes = await OpenLanes.open({
    lanes: read(),
    change: { grace: 1_000, recheck: 100, brokerKeepsDays: 1 },
    store: new ScriptedStore(),
    plans: new MemoryPlans(() => Date.now()),
    openSource: ({ group }) => Promise.resolve(topic.group(group)),
    decoder: ({ name }) => new BodyDecoder(codec, name),
    pipeline: {},
    reload: { files: [file], lanes: read, everyMs: 10 },
    onNotice: (sentence) => notices.push(sentence),
  });
  const big = (): string => lanes.plans.history.latest?.lanes.find(({ name }) => name === 'big')?.users.join() ?? '';
  try {
    assert.equal(big(), '1');
    configure('second.txt');
    await eventually('it is told', () => notices.some((text) => text.includes('ENOENT')));
    write('second.txt', '1\n2\n');
    await eventually('the new file counts', () => big() === '1,2');
    write('second.txt', '1\n2\n3\n');
    await eventually('its edits are seen', () => big() === '1,2,3');
    assert.equal(notices.filter((text) => text.includes('ENOENT')).length, 1);
  } finally {
    await lanes.close();
  }
});
