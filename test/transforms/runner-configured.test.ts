/** Thresholds and groups of the configuration, as views find them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { kpiSettings } from '../../config/kpis.js';
import { loadConfig, type Config } from '../../config/load.js';
import { writeConfigured, writeMissingActions, type ConfiguredAction } from '../../transforms/configured.js';
import { temporaryStore } from '../ingest/real-store.js';
import { ask } from './runner-place.js';

const { store, close } = await temporaryStore();
after(close);

function configOf(environment: Readonly<Record<string, string>>): Config {
  return loadConfig({ directory: '/nowhere', environment }).config;
}

const publish = ({ kpis, sellerGroups }: Config): Promise<void> =>
  writeConfigured(store, { kpis: kpiSettings(kpis), sellerGroups: new Map(Object.entries(sellerGroups)), actions: [] });
const settings = (): Promise<string[]> => ask(store, 'SELECT name, value FROM juliu.kpi_settings ORDER BY name');
const groups = (): Promise<string[]> =>
  ask(store, 'SELECT seller_group, seller FROM juliu.seller_groups ORDER BY seller_group, seller');
const generations = (): Promise<string[]> =>
  ask(
    store,
    `SELECT uniqExact(generation) FROM juliu_store.kpi_settings
     UNION ALL SELECT uniqExact(generation) FROM juliu_store.seller_groups`,
  );

const defaults = [
  'consign_delay 48',
  'delivery_stop 24',
  'fake_consign 24',
  'jump_days 7',
  'jump_factor 2',
  'jump_min 3',
  'keyword_days 7',
  'keyword_min 3',
  'keyword_z 2',
  'min_cohort 30',
  'near_timeout 6',
  'pickup_hours 24',
  'pickup_stop 24',
  'ship_hours 48',
  'silence_factor 5',
  'silence_min_minutes 30',
  'transport_stop 48',
];

test('without a configuration every threshold has its default, and the default configuration writes nothing', async () => {
  assert.deepEqual(await settings(), defaults);
  await publish(configOf({}));
  assert.deepEqual([await settings(), await groups(), await generations()], [defaults, [], ['0', '0']]);
});

test('a changed configuration is a new generation, the same one again is none', async () => {
  const big = { JULIU_SELLER_GROUPS: '{"big":["旗舰店",725677994,"旗舰店"],"small":["a"]}' };
  const changed = configOf({ ...big, JULIU_KPIS_JUMP_FACTOR: '1.5', JULIU_KPIS_SHIP_HOURS: '24' });
  await publish(changed);
  await publish(changed);
  const expected = defaults.map((line) =>
    line.replace('jump_factor 2', 'jump_factor 1.5').replace('ship_hours 48', 'ship_hours 24'),
  );
  assert.deepEqual(await settings(), expected);
  assert.deepEqual(await groups(), ['big 725677994', 'big 旗舰店', 'small a']);
  assert.deepEqual(await generations(), ['1', '1']);
});

test('groups that are gone from the configuration are gone from the view', async () => {
  await publish(configOf({ JULIU_KPIS_JUMP_FACTOR: '1.5', JULIU_KPIS_SHIP_HOURS: '24' }));
  assert.deepEqual([await groups(), await generations()], [[], ['1', '2']]);
  await publish(configOf({}));
  assert.deepEqual([await settings(), await generations()], [defaults, ['2', '2']]);
});

test('the table of actions: a changed one replaces the old whole; one that is only offered stays behind any other', async () => {
  const kpis = kpiSettings(configOf({}).kpis);
  const write = (actions: readonly ConfiguredAction[]): Promise<void> =>
    writeConfigured(store, { kpis, sellerGroups: new Map(), actions });
  const actions = (): Promise<string[]> =>
    ask(store, 'SELECT dimension, subdimension, action FROM juliu.keyword_actions ORDER BY ALL');
  const offered = [{ dimension: 'price', subdimension: '', action: '查价保' }];
  await writeMissingActions(store, offered);
  await writeMissingActions(store, [{ dimension: 'price', subdimension: '', action: '别的' }]);
  assert.deepEqual(await actions(), ['price  查价保']);
  const own = [
    { dimension: 'logistics', subdimension: '', action: '换快递' },
    { dimension: 'logistics', subdimension: 'lost', action: '补发' },
  ];
  await write(own);
  await write(own);
  await writeMissingActions(store, offered);
  assert.deepEqual(await actions(), ['logistics  换快递', 'logistics lost 补发']);
  assert.deepEqual(await ask(store, 'SELECT uniqExact(generation) FROM juliu_store.keyword_actions'), ['2']);
  await write([]);
  assert.deepEqual(await actions(), []);
});
