/** What is owed until when: dispatch and pick-up of orders that say they are shipped, and the list of late ones. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { asof, Parcels } from './parcel-fixture.js';

let parcels: Parcels;
before(async () => {
  parcels = await Parcels.open();
});
after(() => parcels.close());
beforeEach(() => parcels.clear());

const paid = '2026-03-01 08:00:00';
const exceptions = (at: string, columns = 'tid, class, since, threshold_hours'): Promise<string[][]> =>
  parcels.rows(`SELECT ${columns} FROM juliu.parcel_exceptions_at${asof(at)} ORDER BY tid`);
const late = (at: string): Promise<string[][]> =>
  parcels.rows(`SELECT tid, reason, due_at, hours_late FROM juliu.care_late_at${asof(at)} ORDER BY tid`);

/** The seller's own limit of dispatch. */
async function limit(seller: number, hours: string): Promise<void> {
  await parcels.store.command(
    `INSERT INTO juliu_store.logistics_traces (event_id, topic, event, publish_time, seller_id, out_sid, consign_delay_warn_value)
     VALUES ('w${seller}', 't', 'warning_config_changed', '2026-02-01 00:00:00', ${seller}, '', '${hours}')`,
  );
}

test('a shipped order is never late in dispatch: its parcel waits for the pick-up since the shipment', async () => {
  await parcels.order(
    { tid: 1, paid_at: paid, shipped_at: '2026-03-01 09:00:00' },
    { tid: 2, paid_at: paid },
    { tid: 3, paid_at: paid, shipped_at: '2026-03-01 09:00:00' },
    { tid: 4, paid_at: paid, shipped_at: '2026-03-01 09:00:00' },
  );
  await parcels.parcel(1, 'A', [['created', '2026-03-01 08:30:00']]);
  await parcels.parcel(2, 'B', [['created', '2026-03-01 08:30:00']]);
  // The carrier's own dispatch goes before the trade's; a carrier that has it needs no dispatch to be known.
  await parcels.parcel(3, 'C', [['consigned', '2026-03-01 11:00:00']]);
  await parcels.parcel(4, 'D', [['out_for_delivery', '2026-03-03 07:00:00']]);
  await parcels.run();
  // Nothing is shipped yet.
  assert.deepEqual((await exceptions('2026-03-01 08:45:00', 'tid, class')).flat(), '1 10 2 10 3 10 4 10'.split(' '));
  // 24 h after 09:00; six hours before it is near.
  assert.deepEqual(await exceptions('2026-03-02 08:59:59'), [
    ['1', '9', '2026-03-01 09:00:00', '24'],
    ['2', '10', '2026-03-01 08:30:00', '\\N'],
    ['3', '9', '2026-03-01 11:00:00', '24'],
  ]);
  assert.deepEqual(await exceptions('2026-03-03 08:00:00'), [
    ['1', '6', '2026-03-01 09:00:00', '24'],
    ['2', '7', paid, '48'],
    ['3', '6', '2026-03-01 11:00:00', '24'],
    ['4', '10', '2026-03-03 07:00:00', '\\N'],
  ]);
  assert.deepEqual(await late('2026-03-03 08:00:00'), [['2', 'dispatch', '2026-03-03 08:00:00', '0']]);
});

test('late in dispatch means the same in the list and in the exceptions: the limit of the seller', async () => {
  await limit(7, '120');
  await limit(8, '12');
  await parcels.order(
    { tid: 1, paid_at: paid, seller_id: 7 },
    { tid: 2, paid_at: paid, seller_id: 8 },
    { tid: 3, paid_at: paid, seller_id: 9 },
    // Due at its promise, 20 h after the payment.
    { tid: 4, paid_at: paid, seller_id: 7, promised_at: '2026-03-02 04:00:00' },
  );
  const at = '2026-03-03 16:00:00';
  assert.deepEqual(await exceptions(at, 'tid, class, threshold_hours'), [
    ['1', '10', '\\N'],
    ['2', '7', '12'],
    ['3', '7', '48'],
    ['4', '7', '20'],
  ]);
  assert.deepEqual(await late(at), [
    ['2', 'dispatch', '2026-03-01 20:00:00', '44'],
    ['3', 'dispatch', '2026-03-03 08:00:00', '8'],
    ['4', 'promise', '2026-03-02 04:00:00', '36'],
  ]);
  // 120 h after the payment.
  assert.deepEqual((await late('2026-03-06 07:59:59')).length, 3);
  assert.deepEqual((await late('2026-03-06 08:00:00'))[0], ['1', 'dispatch', '2026-03-06 08:00:00', '0']);
});
